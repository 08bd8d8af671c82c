"""The course of one preparation: allowed, read, split, written."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.prepare import build
from functions.prepare.errors import UnknownTrigger
from functions.prepare.store import Store
from functions.shared.s3 import to_json
from functions.shared.usecase import Deployed
from penstock import events, layout


def prepare(
    request: Mapping[str, Any], usecase: Deployed, store: Store, now: datetime, token: str
) -> dict[str, Any]:
    """Write the three sides of a dataset version; what the next states need to know of them.

    The same version gives the same bytes under the same keys. `token` (hex) makes the training
    job's name unique for ever, as SageMaker demands.
    """
    trigger = request.get("trigger")
    if trigger not in events.TRIGGERS:
        raise UnknownTrigger(
            f"trigger {trigger!r}",
            where="the execution's input, " + json.dumps(dict(request), default=str)[:200],
            expected=f"one of {', '.join(events.TRIGGERS)}",
        )
    manifest = store.manifest(request.get("dataset_version"))
    name, version = usecase.name, manifest["version"]
    # before the work: a dataset that cannot be used must not be tried again by every alarm
    store.claim(trigger, version, request["execution"], now, usecase.cool_down_hours)
    rows = build.merge(store.parts(manifest), usecase.contract)
    shares = {"validation": usecase.validation, "holdout": usecase.holdout}
    sides = build.split(rows, usecase.contract, **shares, where=f"dataset {version} of {name}")
    for side in ("train", "validation"):
        body = build.to_parquet(sides[side], usecase.contract)
        store.write(layout.split_key(name, version, side), body)
    holdout_uri = store.write(
        layout.split_key(name, version, "holdout"), build.to_npz(sides["holdout"], usecase.contract)
    )
    counts = build.summary(sides, usecase.contract)
    report = {"usecase": name, "dataset_version": version, "split": shares, **counts}
    store.write(layout.split_report_key(name, version), to_json(report))
    prefix = layout.uri(store.bucket, layout.prepared_prefix(name, version))
    return {
        "usecase": name,
        "dataset_version": version,
        "train_uri": f"{prefix}train/",
        "validation_uri": f"{prefix}validation/",
        "holdout_uri": holdout_uri,
        "job_name_base": f"{name}-{now:%Y%m%d-%H%M%S}-{token}",
        "rows": counts["rows"],
        "trigger": trigger,
    }
