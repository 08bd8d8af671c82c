"""One look: what came in, how far it is from the champion's baseline, and the report of it."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from functions.monitor import (
    athena,
    attribution,
    quality,
    reading,
    reference,
    report,
    scan,
    together,
)
from functions.monitor.part import Part
from functions.monitor.query import Wanted, Window
from functions.monitor.reading import Reading
from functions.monitor.reference import Reference
from functions.monitor.seen import Seen
from functions.monitor.store import Store
from functions.shared.files import Trouble
from functions.shared.usecase import Deployed
from penstock.errors import PenstockError

# What a look does beside the columns; each None where there is nothing to be said.
PARTS: tuple[Callable[[Seen, Store], Part | None], ...] = (attribution.part, quality.part)


@dataclass(frozen=True)
class Outcome:
    """`report` is None where there was no champion, or too little to go by.

    judged: whether the columns were; failures: what kept a part from being looked at.
    """

    rows: int
    note: str
    records: bool = False
    judged: bool = False
    report: dict[str, Any] | None = None
    report_uri: str | None = None
    failures: tuple[PenstockError, ...] = ()

    @property
    def findings(self) -> int | None:
        """None where that nothing was found would say nothing."""
        found = self.report["findings"] if self.report else []
        return len(found) if self.judged or found else None

    def summary(self) -> dict[str, Any]:
        empty: dict[str, Any] = {"findings": [], "drifted": [], "columns": {}, "troubles": []}
        found = self.report or empty
        return {
            "findings": self.findings,
            "kinds": sorted({each["kind"] for each in found["findings"]}),
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
    limits = scan.ranges(usecase.contract)
    sampled = _sampled(usecase, known)
    read = _read(usecase, store, Wanted(known.fields, limits, window, sampled, known.texts))
    before, held_back = store.latest(), store.held_back(now)
    training = store.newest_training()
    seen = Seen(
        usecase, environment, champion, since, now, known, read, before, held_back, training
    )
    asked = seen.sketch.rows + seen.refused
    note, judged = "measured", asked >= usecase.min_rows
    if not judged:
        note = f"{asked} rows of the champion, {usecase.min_rows} are needed (monitoring.min_rows)"
        seen = replace(seen, window=Reading(troubles=[Trouble(note), *read.troubles]))
    parts, failures = _parts(seen, store)
    if not (judged or parts):
        said = "; ".join([note, *(trouble.what for trouble in read.troubles)])
        return Outcome(asked, said, read.records, failures=failures)
    found = report.make(seen, parts, [Trouble(str(failure)) for failure in failures])
    uri = store.write(found, now)
    return Outcome(asked - seen.refused, note, read.records, judged, found, uri, failures)


def _read(usecase: Deployed, store: Store, wanted: Wanted) -> Reading:
    """In this function, or by Athena where that would be too much for it."""
    since, most = wanted.window.since, usecase.athena_above_mb
    if most is not None and store.megabytes(since) > most:
        return athena.read(store.ask, wanted)
    with tempfile.TemporaryDirectory() as scratch:
        return reading.read(store.download(since, Path(scratch)), wanted)


def _sampled(usecase: Deployed, known: Reference) -> tuple[str, ...]:
    """The columns of which some rows are wanted whole, as far as the baseline has them."""
    names = {column.name for column in usecase.contract.columns} if usecase.attribution else set()
    if usecase.multivariate:
        names |= set(together.columns(known))
    return tuple(sorted(names & {**known.fields, **known.texts}.keys()))


def _parts(seen: Seen, store: Store) -> tuple[list[Part], tuple[PenstockError, ...]]:
    """One that fails must not keep the others from being looked at."""
    found, failures = [], []
    for part in PARTS:
        try:
            found.append(part(seen, store))
        except PenstockError as error:
            failures.append(error)
    return [part for part in found if part is not None], tuple(failures)
