"""Which side a row is on, for ever: decided by its id, so that no holdout row ever trains."""

import hashlib
from collections.abc import Iterable

SIDES = ("train", "validation", "holdout")


def assign(ids: Iterable[str], *, validation: float, holdout: float) -> list[str]:
    """The side of each id, in order. A row keeps its side in every later dataset version."""
    low, high = holdout, holdout + validation
    if not (validation > 0 and holdout > 0 and high < 1):
        raise ValueError(f"validation {validation} + holdout {holdout} must leave rows to train on")
    sides = []
    for row_id in ids:
        draw = int.from_bytes(hashlib.sha256(row_id.encode()).digest()[:8], "big") / 2**64
        sides.append("holdout" if draw < low else "validation" if draw < high else "train")
    return sides
