"""Where a model came from: enough to make the same one again."""

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from penstock.features import sha256
from training.job import Job

LIBRARIES = (
    "numpy", "onnx", "onnxmltools", "onnxruntime", "pyarrow", "scikit-learn", "skl2onnx", "xgboost",
)  # fmt: skip
UNKNOWN = "unknown"


def lineage(job: Job, rows: Mapping[str, int]) -> dict[str, Any]:
    """The only file of the artifact that differs between two runs on the same inputs."""
    given = {
        name: job.given.get(name, UNKNOWN)
        for name in ("dataset_version", "training_job", "trigger", "reason", "git_commit", "image")
    }
    return {
        "usecase": job.spec["name"],
        **given,
        "rows": dict(rows),
        "features_sha256": sha256(job.features),
        "algorithm": job.spec["algorithm"] | {"seed": job.seed},
        "python": platform.python_version(),
        "libraries": {name: _version(name) for name in LIBRARIES},
    }


def _version(name: str) -> str:
    for distribution in (name, f"{name}-cpu"):
        try:
            return version(distribution)
        except PackageNotFoundError:
            continue
    return UNKNOWN
