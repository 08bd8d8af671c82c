"""The row that says what holds back trainings that nobody asked for: written by prepare, read by
monitor and by people."""

from collections.abc import Mapping
from datetime import datetime

PAUSED, CAPPED, OPEN = "paused", "capped", "open"
LOOP = "loop"  # the row's sort key, beside a use case's trainings

Row = Mapping[str, str]


def is_of(job: str | None, champion: Mapping[str, object] | None) -> bool:
    """Whether the champion came of this training: a job's name is its training's, and a number."""
    return bool(job and champion and str(champion.get("training_job", "")).startswith(f"{job}-"))


def held_back(row: Row | None, champion: Mapping[str, object] | None, now: datetime) -> str | None:
    """In words what holds them back now; None where nothing does.

    A cap ends with its month, a pause with an asked for training, or with the release of what the
    last one made, which a person may have approved since.
    """
    if row is None or row["state"] == OPEN:
        return None
    if row["state"] == CAPPED and now >= datetime.fromisoformat(row["until"]):
        return None
    if row["state"] == PAUSED and is_of(row.get("job"), champion):
        return None
    return f"{row['state']} since {row['since'][:16].replace('T', ' ')} UTC: {row['why']}"
