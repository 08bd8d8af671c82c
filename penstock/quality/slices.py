"""Where a model is good and where it is not: its quality on the rows of each value or range."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from penstock.metrics import HIGHER_IS_BETTER
from penstock.quality import binary
from penstock.quality.estimate import Floats
from penstock.quality.loss import FEWEST

Slice = dict[str, Any]


def measure(
    column: str, codes: npt.NDArray[np.intp], labels: Sequence[str], y: Floats, p: Floats
) -> list[Slice]:
    """The slices that hold a row, by the bins of a baseline's table: `rows`, `positives`, and each
    of `penstock.quality.binary.JUDGED` that FEWEST rows of each side allow (else None)."""
    found = []
    for code in np.unique(codes):
        mine = codes == code
        estimates = binary.judged(y[mine], p[mine]) if mine.sum() >= 2 else {}
        known = {
            name: e.to_dict()
            for name, e in estimates.items()
            if min(rows for _, rows in e.sides) >= FEWEST
        }
        found.append(
            {
                "column": column,
                "slice": labels[code],
                "rows": int(mine.sum()),
                "positives": int(y[mine].sum()),
                **{name: known.get(name) for name in binary.JUDGED},
            }
        )
    return found


def worst(slices: Sequence[Slice], metric: str) -> Slice | None:
    """The one that is surely bad: whose interval's better end is the worst of all."""
    better, sign = ("high", 1) if metric in HIGHER_IS_BETTER else ("low", -1)

    def rank(one: Mapping[str, Any]) -> float:
        return float(sign * one[metric][better])

    return min((one for one in slices if one[metric]), key=rank, default=None)
