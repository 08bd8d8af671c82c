"""A released function's folder, as Lambda unpacks it, and the rows to ask it."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np

from infra.packaging import functions
from infra.packaging.target import named
from penstock import artifact, features, spec_file
from penstock.scorer import Scorer


def lay_out(folder: Path, usecase_folder: Path, trained: Path) -> None:
    """task/ (code and model), env, rows.json, row.json (a start reads no more), packed.npz."""
    usecase = spec_file.load(usecase_folder / "usecase.yaml")
    package = functions.build("predict", usecase, usecase_folder, named("host"))
    with zipfile.ZipFile(package.path) as archive:
        archive.extractall(folder / "task")
    model = folder / "task" / "model"
    model.mkdir()
    for name in artifact.SERVED:
        shutil.copy(trained / "model" / name, model)
    shutil.copy(trained / "model" / "model.ubj", folder)
    said = {"model_package_arn": "arn", "dataset_version": "none"}
    (model / "release.json").write_text(json.dumps(said), encoding="utf-8")
    settings = {
        "USECASE": usecase.name,
        "ENVIRONMENT": "dev",
        "FEATURES_SHA256": features.sha256(usecase_folder / "features.py"),
        "CAPTURE_RATE": "1",
    }
    text = "\n".join(f"{name}={value}" for name, value in settings.items())
    (folder / "env").write_text(text, encoding="utf-8")
    shutil.copy(trained / "rows.json", folder)
    rows = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
    loaded = Scorer(model)
    columns = loaded.contract.parse(rows)
    packed = loaded.encoding.pack(features.load(model / "features.py")(columns))
    # texts without pickle
    plain = {name: a.astype(str) if a.dtype == object else a for name, a in packed.items()}
    np.savez(folder / "packed.npz", allow_pickle=False, **plain)
    (folder / "row.json").write_text(json.dumps(rows[:1]), encoding="utf-8")
