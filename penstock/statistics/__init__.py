"""How far a column has moved, said in the ways that people ask for: one statistic a file.

All are made from the rows a bin on both sides (`Pair`), never from the rows themselves. They are
told and compared; `penstock.calibration` alone says what is an alarm.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from penstock.statistics.chi_squared import chi_squared
from penstock.statistics.jensen_shannon import jensen_shannon
from penstock.statistics.kolmogorov import kolmogorov_smirnov
from penstock.statistics.pair import Counts, Pair
from penstock.statistics.parts import missing, unseen
from penstock.statistics.population_stability import psi
from penstock.statistics.total_variation import total_variation
from penstock.statistics.wasserstein import wasserstein

Statistic = Callable[[Pair], float | None]

ALL: Mapping[str, Statistic] = MappingProxyType(
    {
        "total_variation": total_variation,
        "psi": psi,
        "jensen_shannon": jensen_shannon,
        "wasserstein": wasserstein,
        "kolmogorov_smirnov": kolmogorov_smirnov,
        "chi_squared": chi_squared,
        "unseen": unseen,
        "missing": missing,
    }
)


def all_of(pair: Pair) -> dict[str, float]:
    """Every statistic that this column has."""
    found = {name: statistic(pair) for name, statistic in ALL.items()}
    return {name: value for name, value in found.items() if value is not None}


__all__ = ["ALL", "Counts", "Pair", "Statistic", "all_of"]
