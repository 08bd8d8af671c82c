"""The use cases of the serving modes: copies of one that ships, with another `serving` part."""

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from penstock.spec_file import Loader

ROOT = Path(__file__).resolve().parents[3]
ORIGIN = "triage"
SERVING: dict[str, dict[str, Any]] = {
    "plain": {
        "mode": "lambda",
        "strategy": "linear",
        "canary": {"percent": 40, "minutes": 4, "visible_shift": 0.6},
    },
    "faults": {
        "mode": "lambda",
        "canary": {"percent": 25, "minutes": 10, "visible_shift": 0.6, "max_latency_ms": 60},
    },
    "endpoint": {"mode": "endpoint", "endpoint": {"instances": 2, "max_instances": 4}},
    "serverless": {"mode": "serverless_endpoint"},
    "endfaults": {
        "mode": "endpoint",
        "canary": {"percent": 25, "minutes": 8, "visible_shift": 0.6, "max_latency_ms": 60},
    },
    "endshadow": {
        "mode": "endpoint",
        "strategy": "shadow",
        "canary": {"percent": 25, "minutes": 8, "visible_shift": 0.6},
        "shadow": {"requests": 100},
    },
    "batch": {"mode": "batch", "batch": {"rows_per_part": 1000, "max_concurrency": 2}},
    "stream": {
        "mode": "stream",
        "stream": {"shards": 2, "window_seconds": 0},
        "canary": {"percent": 25, "minutes": 8},
    },
    "url": {
        "mode": "lambda",
        "url": True,
        "strategy": "shadow",
        "canary": {"percent": 50, "minutes": 8, "visible_shift": 0.6},
        "shadow": {"requests": 80},
    },
    "quality": {"mode": "lambda"},
    "loop": {"mode": "lambda", "canary": {"percent": 25, "minutes": 8, "visible_shift": 0.6}},
    "watched": {"mode": "lambda"},
    "moving": {"mode": "lambda"},
}
# What `make test-long` runs, in minutes: release after release, and whatever needs much traffic.
LONG = {
    "faults": ("test_release_faults.py",),
    "endfaults": ("test_endpoint_faults.py",),
    "endshadow": ("test_endpoint_faults.py",),
    "loop": ("test_loop.py",),
    "quality": ("test_quality.py", "test_record_outage.py"),
    "watched": ("test_watched.py",),
    "moving": ("test_change_of_mode.py",),
}
# Another algorithm than ORIGIN's.
ALGORITHMS = {"serverless": {"name": "logistic_regression"}}
# Other parts of the file that a use case has otherwise, key by key.
PARTS: dict[str, dict[str, dict[str, Any]]] = {
    "quality": {
        "labels": {"wait_days": 2},
        "monitoring": {"min_rows": 50, "quality": {"slices": ["radius_mean"]}},
    },
    "loop": {
        "labels": {"wait_days": 2},
        "monitoring": {"every_minutes": 5, "min_rows": 200},
        "retraining": {"on": ["drift"], "cool_down_hours": 0, "max_per_month": 20},
    },
    "watched": {
        "monitoring": {"attribution": True, "multivariate": "pca", "athena_above_mb": 0},
    },
}


def wanted() -> list[str]:
    """Those of the tests that run: all but LONG, or LONG alone with PENSTOCK_LONG; PENSTOCK_MODES
    (a comma list) takes some, for whoever works on one."""
    if some := os.environ.get("PENSTOCK_MODES"):
        return some.split(",")
    return [name for name in SERVING if (name in LONG) == ("PENSTOCK_LONG" in os.environ)]


def write(
    folder: Path, names: Iterable[str], everywhere: Mapping[str, dict[str, Any]] | None = None
) -> None:
    """A folder of use cases: a copy of ORIGIN for each, its name, its serving, its PARTS and what
    is changed `everywhere`; without labels, which few of them need."""
    for name in names:
        shutil.copytree(ROOT / "usecases" / ORIGIN, folder / name, dirs_exist_ok=True)
        path = folder / name / "usecase.yaml"
        raw = yaml.load(path.read_text(encoding="utf-8"), Loader)
        raw |= {"name": name, "labels": None, "serving": raw["serving"] | SERVING[name]}
        raw["algorithm"] = ALGORITHMS.get(name, raw["algorithm"])
        for part, changes in [*PARTS.get(name, {}).items(), *(everywhere or {}).items()]:
            raw[part] = (raw[part] or {}) | changes
        path.write_text(yaml.safe_dump(raw, sort_keys=False), encoding="utf-8")
