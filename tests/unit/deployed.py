"""A deployed use case of which nothing is asked but what a test says."""

from typing import Any

from functions.shared.usecase import Deployed
from penstock.contract import Contract


def of(contract: Contract, **own: Any) -> Deployed:
    """`own` are fields of Deployed."""
    fields: dict[str, Any] = {
        "features_sha256": "", "event_time": None, "validation": 0.1, "holdout": 0.1, "gates": (),
        "capture_rate": 1.0, "every_minutes": 60, "window_hours": 24, "min_rows": 1,
        "false_alarms_per_year": 1.0, "smallest_shift": 0.1, "quiet_hours": None,
    }  # fmt: skip
    return Deployed(contract=contract, **fields | own)
