"""The deployed use case, as plain data: it was validated when its stack was synthesised.

Neither pydantic nor YAML is imported for it, because every cold start would pay for them.
"""

import json
from dataclasses import dataclass
from pathlib import Path

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
    retraining_on: tuple[str, ...]
    cool_down_hours: float

    @property
    def name(self) -> str:
        return self.contract.usecase

    @property
    def looks_per_year(self) -> float:
        return _MINUTES_A_YEAR / self.every_minutes


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
        retraining_on=tuple(raw["retraining"]["on"]),
        cool_down_hours=raw["retraining"]["cool_down_hours"],
    )
