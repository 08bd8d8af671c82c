"""What one look goes by: the champion, its baseline, the window, and the report before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.monitor.reading import Reading
from functions.monitor.reference import Reference
from functions.monitor.sketch import Sketch
from functions.shared.usecase import Deployed
from penstock.calibration import Rules

Report = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """`previous`: the report of the look before, if there is one. `held_back`: in words, why
    nothing is trained by itself any more. `training`: the newest one's row, and its verdict."""

    usecase: Deployed
    environment: str
    champion: Mapping[str, Any]
    since: datetime
    now: datetime
    reference: Reference
    window: Reading
    previous: Report | None = None
    held_back: str | None = None
    training: tuple[Report | None, Report | None] = (None, None)

    @property
    def sketch(self) -> Sketch:
        return self.window.sketch

    @property
    def refused(self) -> int:
        return sum(self.sketch.refused.values())

    @property
    def stamp(self) -> str:
        return self.now.isoformat(timespec="seconds")

    @property
    def rules(self) -> Rules:
        """For one kind of finding: all kinds share the budget of false alarms evenly."""
        usecase = self.usecase
        budget = usecase.false_alarms_per_year / usecase.kinds_of_finding
        return Rules(budget, usecase.looks_per_year, usecase.smallest_shift)

    def lasting(self) -> dict[tuple[str, str], str]:
        """Since when what was found at the look before has been, if that was the same champion."""
        before, package = self.previous, self.champion.get("model_package_arn")
        if before is None or before["champion"]["model_package_arn"] != package:
            return {}
        return {(f["kind"], f["name"]): f["since"] for f in before.get("findings", [])}
