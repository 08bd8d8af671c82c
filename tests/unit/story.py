"""A whole story as the demo would hand it to its report: enough of everything to look at."""

import math
import random
from typing import Any

LANES = ["deploy", "ingest", "prepare", "train", "evaluate", "register", "release", "predict"]


def story() -> dict[str, Any]:
    return {
        "summary": _summary(),
        "usecase": {
            "name": "triage",
            "description": "Whether a lump is malignant, from measurements of its cells' nuclei.",
            "target": "diagnosis",
            "served": "a Lambda function",
        },
        "data": {"origin": "a <public> table", "licence": "CC BY 4.0", "synthetic": False},
        "checks": [
            {"what": "broken rows were set aside", "held": True, "seen": "6 of 347"},
            {"what": "the first model went live", "held": True, "seen": "version 2"},
            {"what": "the bad release was rolled back", "held": False, "seen": "promoted"},
        ],
        "lanes": [*LANES, "monitor"],
        "spans": _spans(),
        "chapters": [
            {"title": "an empty cloud", "start": 0.0, "end": 12.0, "told": ["27 resources"]},
            {"title": "the first model", "start": 12.0, "end": 30.5, "told": []},
            {"title": "a second model", "start": 30.5, "end": 52.0, "told": ["10 % first"]},
        ],
        "files": [
            {
                "name": "raw/triage/first.csv",
                "rows_read": 347,
                "rows_accepted": 341,
                "rows_rejected": 6,
                "reasons": {"radius: not a number": 1, "id: used twice": 2},
            },
            {
                "name": "raw/triage/rest.csv",
                "rows_read": 228,
                "rows_accepted": 228,
                "rows_rejected": 0,
                "reasons": {},
            },
        ],
        "models": [_model("the first model", None), _model("the second model", 0.981)],
        "releases": [
            _release("the first model", "promoted", None),
            _release("the second model", "promoted", _traffic(good=True)),
            _release("a bad model", "rolled_back", _traffic(good=False)),
        ],
        "refusal": {
            "status": 400,
            "message": "2 fields are wrong",
            "violations": [
                {"row": 0, "field": "radius_mean", "expected": "a finite number", "got": "'ten'"},
                {"row": None, "field": "colour", "expected": "only columns", "got": "unknown"},
            ],
        },
        "drift": {"alarm": 0.25, "columns": [_feature(i) for i in range(9)]},
    }


def _summary() -> dict[str, Any]:
    return {
        "usecase": "triage",
        "dataset_version": "0f1e2d3c4b5a6978",
        "model_package_arn": "arn:aws:sagemaker:us-east-1:000000000000:model-package/triage/1",
        "predict": {"requests": 1834, "errors": 0, "p50_ms": 6.4, "p99_ms": 21.7},
        "drift": {"alarm_state": "ALARM", "retraining_started": True},
        "seconds": {"total": 64.2, "deploy": 11.9, "train": 9.8},
    }


def _spans() -> list[dict[str, Any]]:
    plan = [
        ("deploy", 0, 12),
        ("ingest", 12, 13),
        ("prepare", 13, 14.5),
        ("train", 14.5, 24),
        ("evaluate", 24, 26),
        ("register", 26, 26.4),
        ("release", 26.4, 30),
        ("train", 32, 40),
        ("ingest", 30.6, 31),
        ("evaluate", 40, 42),
        ("release", 42.5, 51),
    ]
    spans = [
        {"lane": lane, "title": lane, "start": a, "end": b, "state": "ok"} for lane, a, b in plan
    ]
    spans[-1]["state"] = "bad"
    return [*spans, {"lane": "predict", "title": "traffic", "start": 30, "end": 52, "state": "run"}]


def _model(title: str, champion: float | None) -> dict[str, Any]:
    def gate(metric: str, value: float, low: float | None, high: float | None) -> dict[str, Any]:
        return {
            "metric": metric,
            "value": value,
            "min": low,
            "max": high,
            "champion": champion if metric == "roc_auc" else None,
            "passed": metric != "brier",
            "reason": "0.08 is above 0.07" if metric == "brier" else "passed",
        }

    return {
        "title": title,
        "dataset_version": "0f1e2d3c4b5a6978",
        "rows": 341,
        "package": "arn:aws:sagemaker:us-east-1:000000000000:model-package/triage/1",
        "gates": [
            gate("roc_auc", 0.991, 0.95, None),
            gate("brier", 0.08, None, 0.07),
            gate("parity_max_abs", 1.2e-7, None, 1e-5),
        ],
    }


def _release(title: str, result: str, traffic: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "title": title,
        "version": "3",
        "reason": "model",
        "result": result,
        "why": "scores differ" if result == "rolled_back" else "",
        "traffic": traffic,
        "percent_steps": [10, 100] if traffic else [100],
        "verdict": [("samples", "61")] if traffic else [],
    }


def _traffic(*, good: bool) -> dict[str, Any]:
    dice = random.Random(3)
    old = [min(max(dice.betavariate(0.4, 0.7), 0), 1) for _ in range(500)]
    new = [s if good else 1 - s for s in dice.sample(old, 60)]
    buckets = [
        {
            "at": i * 0.5,
            "counts": {"2": 9, "3": int(1 < i < 20)} if i < 20 or not good else {"3": 9},
        }
        for i in range(30)
    ]
    return {
        "old": "2",
        "new": "3",
        "buckets": buckets,
        "old_scores": old,
        "new_scores": new,
        "old_count": 500,
        "new_count": 60,
        "old_p50_ms": 6.1,
        "old_p99_ms": 19.0,
        "new_p50_ms": 6.6,
        "new_p99_ms": 20.4,
        "old_mean": 0.36,
        "new_mean": 0.37,
    }


def _feature(i: int) -> dict[str, Any]:
    now = [math.exp(-((b - 4 - i * 0.5) ** 2) / 8) for b in range(11)]
    return {
        "name": f"feature_{i}",
        "shift": min(0.02 * i * i, 1.0),
        "drifted": 0.02 * i * i > 0.1,
        "baseline": [1 / 11] * 11,
        "labels": [f"{b} to {b + 1}" for b in range(11)],
        "current": [n / sum(now) for n in now],
    }
