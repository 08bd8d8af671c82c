"""The deployed use case, as plain data: it was validated when its stack was synthesised.

Neither pydantic nor YAML is imported for it, because every cold start would pay for them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from penstock import features
from penstock.contract import Contract

_MINUTES_A_YEAR = 365.25 * 24 * 60
FOLDER = Path(__file__).resolve().parents[2] / "usecase"


@dataclass(frozen=True)
class Gate:
    """One gate of usecase.json (a `penstock.gates.GateRule`)."""

    metric: str
    min: float | None = None
    max: float | None = None
    champion_tolerance: float | None = None


@dataclass(frozen=True)
class Labels:
    """The `labels` part, as `penstock.labels.Labels` says it."""

    wait_days: int
    back_days: int


@dataclass(frozen=True)
class Quality:
    """The `monitoring.quality` part, as `penstock.labels.Quality` says it."""

    window_days: int
    smallest_loss: Mapping[str, float]
    slices: tuple[str, ...]
    value: Mapping[str, Any] | None


@dataclass(frozen=True)
class Retraining:
    """The `retraining` part, as `penstock.retraining.Retraining` says it."""

    on: tuple[str, ...] = ()
    schedule_days: int | None = None
    labels: int | None = None
    cool_down_hours: float = 24
    max_per_month: int = 4
    give_up_after: int = 2


@dataclass(frozen=True)
class Deployed:
    """What the functions need to know of their use case."""

    contract: Contract
    features_sha256: str
    event_time: str | None
    validation: float
    holdout: float
    gates: tuple[Gate, ...]
    capture_rate: float
    every_minutes: int
    window_hours: int
    min_rows: int
    false_alarms_per_year: float
    smallest_shift: float
    quiet_hours: int | None
    multivariate: str | None = None
    attribution: bool = False
    athena_above_mb: int | None = None
    labels: Labels | None = None
    quality: Quality | None = None
    retraining: Retraining = Retraining()

    @property
    def name(self) -> str:
        return self.contract.usecase

    @property
    def looks_per_year(self) -> float:
        return _MINUTES_A_YEAR / self.every_minutes

    @property
    def kinds_of_finding(self) -> int:
        """Those that share the budget of false alarms: drift, and what is looked at beside it."""
        return 1 + self.attribution + (self.quality is not None)


def load(folder: Path | None = None) -> Deployed:
    """Read usecase.json, contract.json and features.py's hash from the function's package."""
    folder = folder or FOLDER
    raw = json.loads((folder / "usecase.json").read_text(encoding="utf-8"))
    contract = json.loads((folder / "contract.json").read_text(encoding="utf-8"))
    return Deployed(
        contract=Contract.from_dict(contract),
        features_sha256=features.sha256(folder / "features.py"),
        event_time=raw["event_time"],
        validation=raw["split"]["validation"],
        holdout=raw["split"]["holdout"],
        gates=tuple(Gate(**gate) for gate in raw["gates"]),
        capture_rate=raw["serving"]["capture_rate"],
        every_minutes=raw["monitoring"]["every_minutes"],
        window_hours=raw["monitoring"]["window_hours"],
        min_rows=raw["monitoring"]["min_rows"],
        false_alarms_per_year=raw["monitoring"]["false_alarms_per_year"],
        smallest_shift=raw["monitoring"]["smallest_shift"],
        quiet_hours=raw["monitoring"]["quiet_hours"],
        multivariate=raw["monitoring"]["multivariate"],
        attribution=raw["monitoring"]["attribution"],
        athena_above_mb=raw["monitoring"]["athena_above_mb"],
        labels=Labels(**raw["labels"]) if raw["labels"] else None,
        # without labels nothing can be said of it
        quality=_quality(raw["monitoring"]["quality"]) if raw["labels"] else None,
        retraining=Retraining(**{**raw["retraining"], "on": tuple(raw["retraining"]["on"])}),
    )


def _quality(raw: Mapping[str, Any]) -> Quality:
    return Quality(**{**raw, "slices": tuple(raw["slices"])})
