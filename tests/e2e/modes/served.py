"""The use cases of the serving modes: copies of one that ships, with another `serving` part."""

import os
import shutil
from pathlib import Path
from typing import Any

import yaml

from penstock.spec_file import Loader

ROOT = Path(__file__).resolve().parents[3]
ORIGIN = "triage"
SERVING: dict[str, dict[str, Any]] = {
    "plain": {"mode": "lambda"},
}


def wanted() -> list[str]:
    """All of them; PENSTOCK_MODES (a comma list) takes some, for whoever works on one."""
    some = os.environ.get("PENSTOCK_MODES")
    return some.split(",") if some else list(SERVING)


def write(folder: Path) -> None:
    """A folder of use cases: a copy of ORIGIN for each, its name and its serving changed."""
    for name in wanted():
        shutil.copytree(ROOT / "usecases" / ORIGIN, folder / name)
        path = folder / name / "usecase.yaml"
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader)
        raw |= {"name": name, "serving": raw["serving"] | SERVING[name]}
        path.write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")
