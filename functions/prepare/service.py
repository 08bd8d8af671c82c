"""The course of one preparation: allowed, read, split, written."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from functions.prepare import build, reason, recent
from functions.prepare.errors import UnknownTrigger
from functions.prepare.recent import Recent
from functions.prepare.store import Store
from functions.shared.s3 import to_json
from functions.shared.usecase import Deployed
from penstock import events, layout


def prepare(
    event: Mapping[str, Any], usecase: Deployed, store: Store, now: datetime, token: str
) -> dict[str, Any]:
    """Write the three sides of a dataset version; what the next states need to know of them.

    The same version gives the same bytes under the same keys, but for the newest labelled answers
    beside them. `token` (hex) makes the training job's name unique for ever, as SageMaker demands.
    event: the `request` that began the `execution`.
    """
    request = event["request"]
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
    training = {
        "trigger": trigger,
        "dataset_version": version,
        "execution": event["execution"],
        "job": f"{name}-{now:%Y%m%d-%H%M%S}-{token}",
        **_why(request, version, usecase, store),
    }
    training = store.claim(training, now, usecase.retraining)
    rows = build.merge(store.parts(manifest), usecase.contract, usecase.event_time)
    shares = {"validation": usecase.validation, "holdout": usecase.holdout}
    where = f"dataset {version} of {name}"
    sides = build.split(rows, usecase.contract, usecase.event_time, **shares, where=where)
    for side in ("train", "validation"):
        body = build.to_parquet(sides[side], usecase.contract)
        store.write(layout.split_key(name, version, side), body)
    holdout_uri = store.write(
        layout.split_key(name, version, "holdout"), build.to_npz(sides["holdout"], usecase.contract)
    )
    counts = build.summary(sides, usecase.contract, usecase.event_time)
    fresh = _recent(sides, usecase, store, now)
    report = {
        "usecase": name, "dataset_version": version, "split": shares, **counts, "recent": fresh.why
    }  # fmt: skip
    store.write(layout.split_report_key(name, version), to_json(report))
    prefix = layout.uri(store.bucket, layout.prepared_prefix(name, version))
    return {
        "usecase": name,
        "dataset_version": version,
        "train_uri": f"{prefix}train/",
        "validation_uri": f"{prefix}validation/",
        "holdout_uri": holdout_uri,
        "recent_uri": _write_recent(fresh, training["job"], usecase, store),
        "recent_why": fresh.why,
        "job_name_base": training["job"],
        "rows": counts["rows"],
        "trigger": trigger,
        "reason": training["reason"],
    }


def _why(
    request: Mapping[str, Any], version: str, usecase: Deployed, store: Store
) -> dict[str, str]:
    total, new = store.new_labels() if usecase.labels else (0, 0)
    said = reason.words(
        request,
        dataset_version=version,
        report=store.report() if request["trigger"] == "drift" else None,
        new_labels=new,
        schedule_days=usecase.retraining.schedule_days,
    )
    return {"reason": said, "labels": str(total)}


def _recent(
    sides: Mapping[str, pl.DataFrame], usecase: Deployed, store: Store, now: datetime
) -> Recent:
    contract, quality = usecase.contract, usecase.quality
    if quality is None:
        return Recent(None, "the use case reads no labels")
    if why := recent.masked(contract):
        return Recent(None, why)
    learned = pl.concat([sides[side][contract.row_id] for side in ("train", "validation")])
    return store.recent(contract, learned, now, quality.window_days)


def _write_recent(fresh: Recent, job: str, usecase: Deployed, store: Store) -> str:
    """Its URI; empty where there is none, as a state of the machine names every field."""
    if fresh.rows is None:
        return ""
    body = build.to_npz(fresh.rows, usecase.contract)
    return store.write(layout.recent_key(usecase.name, job), body)
