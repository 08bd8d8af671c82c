"""How good answers turned out to be, once their truths are known: metrics with their intervals."""

from collections.abc import Callable

from penstock.quality import binary, ranking, regression
from penstock.quality.estimate import Estimate

# A use case's file allows only binary today; the others wait for the road before them.
PROBLEMS: dict[str, Callable[..., dict[str, Estimate]]] = {
    "binary": binary.measure,
    "regression": regression.measure,
    "ranking": ranking.measure,
}

__all__ = ["PROBLEMS", "Estimate"]
