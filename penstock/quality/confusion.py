"""What a threshold makes of scores: precision, recall, F1 and accuracy, each with its interval."""

import numpy as np

from penstock.quality.estimate import Estimate, Floats, percentiles, share

_DRAWS, _SEED = 2000, 7
NAMES = ("true_positive", "false_positive", "false_negative", "true_negative")


def counts(y: Floats, p: Floats, threshold: float) -> dict[str, int]:
    """How many rows of each of NAMES; a score at the threshold is called positive."""
    called, true = p >= threshold, y == 1
    cells = (called & true, called & ~true, ~called & true, ~called & ~true)
    return {name: int(cell.sum()) for name, cell in zip(NAMES, cells, strict=True)}


def measure(y: Floats, p: Floats, threshold: float) -> dict[str, Estimate]:
    tp, fp, fn, tn = (found := counts(y, p, threshold)).values()
    return {
        "precision": share(tp, tp + fp),
        "recall": share(tp, tp + fn),
        "accuracy": share(tp + tn, len(y)),
        "f1": f1(found),
    }


def f1(found: dict[str, int]) -> Estimate:
    """The bootstrap of the rows is one of their four counts: no row is drawn."""
    cells = np.array([found[name] for name in NAMES])
    drawn = np.random.default_rng(_SEED).multinomial(cells.sum(), cells / cells.sum(), _DRAWS)
    return percentiles(float(_f1(cells[None])[0]), _f1(drawn))


def _f1(cells: Floats) -> Floats:
    """[draws, 4] -> [draws]; 0 where there is nothing to find and nothing was called."""
    tp, fp, fn, _ = cells.T
    of = 2 * tp + fp + fn
    found: Floats = np.divide(2 * tp, of, out=np.zeros(len(cells)), where=of > 0)
    return found
