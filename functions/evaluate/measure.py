"""What a model is worth on the holdout, measured with the runtime that serves it."""

import io
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from functions.evaluate.errors import HoldoutRefused
from functions.shared import npz_texts
from penstock import metrics
from penstock.contract import Columns, Contract
from penstock.quality import binary

PARITY_ROWS = 200
PARITY_TOLERANCE = 1e-6


class Scores(Protocol):
    """What is asked of `penstock.scorer.Scorer`."""

    @property
    def contract(self) -> Contract: ...
    def score(self, columns: Columns) -> npt.NDArray[Any]: ...


@dataclass(frozen=True)
class Holdout:
    """Rows that no training has seen: contract columns, and the target as 0 and 1."""

    columns: Columns
    y: npt.NDArray[Any]

    @classmethod
    def read(cls, data: bytes, contract: Contract, *, where: str) -> "Holdout":
        """From prepare's npz."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            names = [c.name for c in contract.columns]
            if lacking := [n for n in [*names, "__target__"] if n not in arrays]:
                raise HoldoutRefused(f"no columns {lacking}", where=where, expected=f"{names}")
            columns = {
                c.name: npz_texts.unpack(c.name, arrays)
                if c.type == "text"
                else arrays[c.name].astype(object if c.is_text else np.float64)
                for c in contract.columns
            }
            return cls(columns, arrays["__target__"].astype(np.int64))

    def of(self, contract: Contract) -> Columns:
        """The columns that a contract names; KeyError if one is not here."""
        return {c.name: self.columns[c.name] for c in contract.columns}


def quality(scorer: Scores, holdout: Holdout) -> dict[str, float]:
    """Every metric of `penstock.metrics` at the contract's threshold."""
    p = scorer.score(holdout.of(scorer.contract))
    return metrics.evaluate(holdout.y, p, scorer.contract.threshold)


def intervals(scorer: Scores, holdout: Holdout) -> dict[str, dict[str, Any]]:
    """What answers will be held to once their truths are known, with what the holdout's size
    leaves open (`penstock.quality.Estimate`)."""
    p = scorer.score(holdout.of(scorer.contract))
    return {name: found.to_dict() for name, found in binary.judged(holdout.y, p).items()}


def parity(scorer: Scores, holdout: Holdout) -> dict[str, float]:
    """How far rows asked for one by one are from the same rows in one batch.

    The maximum alone hides whether one row jumped or all did, so the count over 1e-6 is given too.
    """
    columns = holdout.of(scorer.contract)
    batch = scorer.score(columns)
    rows = np.unique(np.linspace(0, len(batch) - 1, min(PARITY_ROWS, len(batch))).astype(int))
    alone = [scorer.score({k: v[i : i + 1] for k, v in columns.items()})[0] for i in rows]
    gaps = np.abs(np.asarray(alone) - batch[rows])
    return {
        "parity_max_abs": float(gaps.max()),
        "parity_over_tolerance": float((gaps > PARITY_TOLERANCE).sum()),
    }
