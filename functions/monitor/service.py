"""The course of one look: what came in, how far it moved, who is told, whether to train again."""

import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from functions.monitor import reading, reconcile, reference, report, scan, silence, words
from functions.monitor.files import Trouble
from functions.monitor.scan import Window
from functions.monitor.sketch import Sketch
from functions.monitor.store import Store
from functions.shared.usecase import Deployed

ARRIVAL = timedelta(hours=1)  # the longest that Firehose holds a record back, and then some


@dataclass(frozen=True)
class Outcome:
    """`report` is None where there was no champion, or too little to go by."""

    rows: int
    note: str
    records: int = 0
    report: dict[str, Any] | None = None
    report_uri: str | None = None

    @property
    def findings(self) -> int | None:
        return None if self.report is None else len(self.report["drifted"])

    def summary(self) -> dict[str, Any]:
        found = self.report or {"drifted": [], "columns": {}, "troubles": []}
        return {
            "findings": self.findings,
            "drifted": found["drifted"],
            "worst_shift": max((c["shift"] for c in found["columns"].values()), default=None),
            "troubles": [trouble["what"] for trouble in found["troubles"]],
            "rows": self.rows,
            "note": self.note,
            "report_uri": self.report_uri,
        }


def measure(usecase: Deployed, store: Store, environment: str, now: datetime) -> Outcome:
    """Compare the window's records with the champion's baseline and write the report."""
    champion = store.champion()
    if champion is None:
        return Outcome(0, "no champion yet")
    where = champion["baseline_uri"]
    known = reference.read(store.baseline(where), usecase.contract, where)
    since = now - timedelta(hours=usecase.window_hours)
    window = Window(champion["model_package_arn"], since, now)
    files, sketch, troubles = _read(usecase, store, known.fields, window)
    seen = report.Seen(
        usecase=usecase,
        environment=environment,
        champion=champion,
        since=since,
        now=now,
        reference=known,
        sketch=sketch,
        troubles=troubles,
        previous=store.latest(),
    )
    asked = sketch.rows + seen.refused
    if asked < usecase.min_rows:
        note = f"{asked} rows of the champion, {usecase.min_rows} are needed (monitoring.min_rows)"
        return Outcome(asked, "; ".join([note, *(t.what for t in troubles)]), files)
    found = report.make(seen)
    return Outcome(sketch.rows, "measured", files, found, store.write(found, now))


def _read(
    usecase: Deployed, store: Store, fields: scan.Entries, window: Window
) -> tuple[int, Sketch, list[Trouble]]:
    """The number of files, and what is in them."""
    with tempfile.TemporaryDirectory() as scratch:
        files = store.download(window.since, Path(scratch))
        if not files:
            return 0, Sketch(), []
        limits = scan.ranges(usecase.contract)
        return len(files), *reading.read(files, fields, limits, window)


def tell(store: Store, outcome: Outcome) -> None:
    """Say what has drifted since the look before; what had already is known."""
    if outcome.report is None or outcome.report_uri is None:
        return
    if names := outcome.report["fresh"]:
        page = outcome.report_uri.removesuffix("json") + "html"
        store.tell(
            words.subject(outcome.report, names),
            words.causes(outcome.report, names, page),
        )


def listen(usecase: Deployed, store: Store, outcome: Outcome, now: datetime) -> None:
    """Raise NoData or NoTraffic: that nothing was seen must not look like that all is well."""
    since = now - timedelta(hours=usecase.window_hours)
    if store.champion() is None:
        return
    quiet, hours = None, usecase.quiet_hours
    if hours is not None:
        quiet = store.requests(now - timedelta(hours=hours), now)
    silence.check(
        silence.Heard(
            requests=0 if outcome.records else store.requests(since, now - ARRIVAL),
            records=outcome.records,
            capture_rate=usecase.capture_rate,
            quiet=quiet,
            quiet_hours=hours,
        )
    )


def retrain(usecase: Deployed, store: Store, now: datetime, outcome: Outcome) -> dict[str, Any]:
    """Start the training that a drift alarm asks for, if nobody did."""
    situation = reconcile.Situation(
        alarm_state=store.alarm_state(),
        drifts=bool(outcome.findings),
        wanted="drift" in usecase.retraining_on,
        cool_down_hours=usecase.cool_down_hours,
        last_training=store.last_training(),
        is_training=store.is_training(),
    )
    start, why = reconcile.decide(now, situation)
    return {"started": store.start_training() if start else None, "why": why}
