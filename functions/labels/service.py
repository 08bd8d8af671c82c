"""The course of labels: a file is judged and its truths are parked; all that are parked are joined.

A truth is parked before anything else is done with it, and taken off only when it is labelled or
set aside with a reason: whatever breaks off in between is done again, which changes nothing twice.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from functions.labels import join, truths
from functions.labels.join import Joined, Patience
from functions.labels.read import read
from functions.labels.store import Store
from functions.labels.truths import File
from functions.shared.usecase import Deployed
from penstock import layout
from penstock.errors import PenstockError


@dataclass(frozen=True)
class Parked:
    """A file's name from now on; `refusal`: why none of it can be used."""

    source: str
    refusal: PenstockError | None = None


def park(key: str, version_id: str, usecase: Deployed, store: Store) -> Parked:
    """Judge a file's rows; the good ones wait to be joined, the bad ones are set aside.

    The same file again is known, and nothing is done.
    """
    data, arrived = store.source(key, version_id)
    sha256 = hashlib.sha256(data).hexdigest()
    file, where = File(sha256[:16], arrived), layout.uri(store.bucket, key)
    known = store.report(file.source)
    if known and not known["refused"]:
        return Parked(file.source)
    report: dict[str, Any] = {
        "usecase": usecase.name, "source_key": key, "source_version_id": version_id,
        "source_sha256": sha256, "arrived": arrived.isoformat(), "refused": None,
        "rows_read": 0, "rows_accepted": 0, "rows_rejected": 0, "reasons": {},
        "ignored_columns": [],
    }  # fmt: skip
    try:
        rows = read(data, where=where)
        judged = truths.judge(rows, usecase.contract, usecase.event_time, file, where=where)
    except PenstockError as error:
        store.begin(file.source, report | {"refused": str(error)})
        return Parked(file.source, error)
    if judged.bad.height:
        store.reject(file.source, judged.bad)
    if judged.good.height:
        store.park(file.source, judged.good)
    found = {
        "rows_read": rows.height,
        "rows_accepted": judged.good.height,
        "rows_rejected": judged.bad.height,
        "reasons": judged.reasons,
        "ignored_columns": judged.ignored,
    }
    store.begin(file.source, report | found)
    return Parked(file.source)


def settle(
    usecase: Deployed, store: Store, now: datetime, came: str | None = None
) -> dict[str, Any]:
    """Join all that is parked with the records that have arrived; what came of it, in numbers.

    came: the file that has just been parked; another join may have taken its truths already.
    joined: answers that have a label now and had none; changed: whose label is another now.
    """
    assert usecase.labels is not None
    parked = store.parked()
    everything = pl.concat([pl.DataFrame(schema=truths.SCHEMA), *parked.values()])
    patience = Patience(usecase.labels.wait_days, usecase.labels.back_days)
    records, troubles = store.records(
        join.days(everything, patience, now),
        join.record_types(usecase.contract),
        lambda frame: join.about(frame, everything),
    )
    found = join.join(everything, records, patience, now)
    counts, rows = {"joined": 0, "changed": 0}, {}
    for day, labelled in _by_day(found.labelled):
        rows[day], new, other = store.label(day, labelled)
        counts = {"joined": counts["joined"] + new, "changed": counts["changed"] + other}
    total, moved = store.count(rows)
    _close(parked, found, store)
    if came is not None and came not in parked:
        store.progress(came, waiting=0, lost=0)
    result = {**counts, "total": total, "waiting": found.waiting.height, "lost": found.lost.height}
    if moved or any(counts.values()):
        store.announce({"usecase": usecase.name, **result})
    return {**result, "troubles": troubles}


def _by_day(labelled: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    parts = labelled.with_columns(day=pl.col("prediction_time").str.slice(0, 10))
    return [(str(day), part) for (day,), part in parts.partition_by(
        "day", as_dict=True, include_key=False).items()]  # fmt: skip


def _close(parked: dict[str, pl.DataFrame], found: Joined, store: Store) -> None:
    """Of each file: what is lost is set aside, what waits stays, and its report says how many."""
    for source, had in parked.items():
        mine = pl.col("source") == source
        lost, waiting = found.lost.filter(mine), found.waiting.filter(mine)
        total = store.set_aside(source, lost) if lost.height else 0
        store.progress(source, waiting=waiting.height, lost=total)
        if waiting.height < had.height:
            store.keep(source, waiting)
