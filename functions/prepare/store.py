"""What prepare reads from and writes to AWS."""

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from functions.prepare import limits, recent
from functions.prepare.errors import DatasetDamaged, LoopPaused, MonthlyCap, NoDataset
from functions.prepare.limits import Past
from functions.prepare.recent import Recent
from functions.shared import lake, s3, table
from functions.shared.usecase import Retraining
from penstock import layout
from penstock.contract import Contract
from penstock.errors import PenstockError
from penstock.events import UNASKED
from penstock.loop import CAPPED, LOOP, OPEN, PAUSED


@dataclass(frozen=True)
class Store:
    """The lake of one use case, and its rows in the table."""

    bucket: str
    table_name: str
    usecase: str

    def manifest(self, version: str | None) -> dict[str, Any]:
        """The named dataset version, or the newest."""
        name = self.usecase
        key = layout.manifest_key(name, version) if version else layout.latest_key(name)
        found = s3.read_json(self.bucket, key)
        if found is None:
            raise NoDataset(
                f"dataset version {version} is not there" if version else "no dataset yet",
                where=layout.uri(self.bucket, key),
                expected=f"a CSV file ingested from {layout.raw_prefix(name)}",
            )
        return found

    def parts(self, manifest: dict[str, Any]) -> dict[str, bytes]:
        """The manifest's parts in order, each checked against its hash."""
        bodies = {}
        for part in manifest["parts"]:
            body = s3.read(self.bucket, part["key"])
            found = hashlib.sha256(body).hexdigest()
            if found != part["sha256"]:
                raise DatasetDamaged(
                    f"a part has sha256 {found[:12]}",
                    where=layout.uri(self.bucket, part["key"]),
                    expected=f"{part['sha256'][:12]}, as dataset {manifest['version']} says",
                )
            bodies[part["key"]] = body
        return bodies

    def write(self, key: str, body: bytes) -> str:
        return s3.write(self.bucket, key, body)

    def report(self) -> dict[str, Any] | None:
        """What the monitor saw at its newest look."""
        return s3.read_json(self.bucket, layout.latest_monitoring_key(self.usecase, "json"))

    def new_labels(self) -> tuple[int, int]:
        return table.new_labels(self.table_name, self.usecase)

    def recent(self, contract: Contract, learned: pl.Series, now: datetime, days: int) -> Recent:
        since = f"{now - timedelta(days=days):%Y-%m-%d}"
        with tempfile.TemporaryDirectory() as scratch:
            paths = lake.labelled(self.bucket, self.usecase, since, Path(scratch))
            return recent.select(paths, contract, learned, days)

    def claim(self, training: dict[str, str], now: datetime, rules: Retraining) -> dict[str, str]:
        """Write this training down as the last one of its kind, unless the limits forbid it.

        Of two that arrive together the second sees the first: the row is replaced only if it still
        is what was read. A retry of the execution that holds the row gets it as it is.
        """
        trigger, execution = training["trigger"], training["execution"]
        name, pk = execution.rsplit(":", 1)[-1], f"training#{self.usecase}"
        kind = table.RETRAINED if trigger in UNASKED else table.TRAINED
        while True:
            last = table.last_training(self.table_name, self.usecase, kind)
            if last and last.get("execution") == execution:
                return last
            counts = {} if kind == table.TRAINED else self._counts(trigger, last, now, rules)
            stamp = now.astimezone(UTC).isoformat(timespec="milliseconds")
            facts = training | counts | {"pk": pk, "started_at": stamp}
            seen = last["started_at"] if last else None
            if table.replace(self.table_name, facts | {"sk": kind}, "started_at", seen):
                table.put(self.table_name, facts | {"sk": f"{stamp}#{name}"})
                self._hold(OPEN, training["reason"], now)
                return facts

    def _counts(
        self, trigger: str, last: dict[str, str] | None, now: datetime, rules: Retraining
    ) -> dict[str, str]:
        """What holds this one back holds back the next: it is written down, for the monitor."""
        asked = table.last_training(self.table_name, self.usecase, table.TRAINED)
        past = Past(last, asked, table.champion(self.table_name, self.usecase))
        try:
            return limits.counts(trigger, past, now, rules)
        except LoopPaused as error:
            self._hold(PAUSED, _said(error), now, job=(last or {}).get("job", ""))
            raise
        except MonthlyCap as error:
            until = limits.next_month(now).isoformat(timespec="seconds")
            self._hold(CAPPED, _said(error), now, until=until)
            raise

    def _hold(self, state: str, why: str, now: datetime, **more: str) -> None:
        """The row changes with what it says only, so that its `since` is since when."""
        pk = f"training#{self.usecase}"
        held = {"state": state, **more}
        known = table.get(self.table_name, pk, LOOP) or {"state": OPEN}
        still_capped = known["state"] == CAPPED and now < datetime.fromisoformat(known["until"])
        if held.items() <= known.items() or (state == OPEN and still_capped):
            return
        since = now.astimezone(UTC).isoformat(timespec="seconds")
        table.put(self.table_name, {"pk": pk, "sk": LOOP, **held, "since": since, "why": why})


def _said(error: PenstockError) -> str:
    return f"{error.what}; {error.expected}"
