"""Which side of the split a row is on: by its id, for ever, or by its time, the newest held out."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

SIDES = ("train", "validation", "holdout")


def assign(ids: Iterable[str], *, validation: float, holdout: float) -> list[str]:
    """The side of each id, in order. A row keeps its side in every later dataset version."""
    _check(validation, holdout)
    low, high = holdout, holdout + validation
    sides = []
    for row_id in ids:
        draw = int.from_bytes(hashlib.sha256(row_id.encode()).digest()[:8], "big") / 2**64
        sides.append("holdout" if draw < low else "validation" if draw < high else "train")
    return sides


def in_time(times: Sequence[Any], *, validation: float, holdout: float) -> list[str]:
    """The side of each row, of times that do not fall: the oldest train, the newest are held out.

    Rows of one moment stay together, on the older side: else a side would know the other's present.
    """
    _check(validation, holdout)
    newest = _cut(times, 1 - holdout)
    newer = _cut(times[:newest], (1 - holdout - validation) / (1 - holdout))
    return (
        ["train"] * newer + ["validation"] * (newest - newer) + ["holdout"] * (len(times) - newest)
    )


def _cut(times: Sequence[Any], share: float) -> int:
    """Where the first row stands that is newer than about this share of all."""
    at = round(len(times) * share)
    while 0 < at < len(times) and times[at] == times[at - 1]:
        at += 1
    return at


def _check(validation: float, holdout: float) -> None:
    if not (validation > 0 and holdout > 0 and validation + holdout < 1):
        raise ValueError(f"validation {validation} + holdout {holdout} must leave rows to train on")
