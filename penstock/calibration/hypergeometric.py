"""Fisher's exact test of many two-by-two tables at once, exact however small the counts.

If nothing changed, then of the `marked` rows among all `total`, those that fall among the `drawn`
follow the hypergeometric law, whatever the rows are like: Fisher, Statistical Methods for Research
Workers (1934). So the baseline's own noise is in it, and no law of large numbers is needed.
"""

import math

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
CHUNK, NEGLIGIBLE = 256, 1e-14
_log_gamma = np.frompyfunc(math.lgamma, 1, 1)


def log_p(hit: Numbers, marked: Numbers, drawn: Numbers, total: Numbers) -> Numbers:
    """ln of the two-sided p-value of each table [tables]: twice the smaller tail, at most 0.

    hit: rows that are both marked and drawn; all four are whole numbers.
    """
    more = hit * total >= drawn * marked
    hit = np.where(more, hit, drawn - hit)  # the lower tail is the upper one of the unmarked
    marked = np.where(more, marked, total - marked)
    tail = _log_mass(hit, marked, drawn, total) + np.log(_tail(hit, marked, drawn, total))
    return np.minimum(tail + math.log(2), 0.0)


def _log_mass(hit: Numbers, marked: Numbers, drawn: Numbers, total: Numbers) -> Numbers:
    return (
        _log_choose(marked, hit)
        + _log_choose(total - marked, drawn - hit)
        - _log_choose(total, drawn)
    )


def _log_choose(n: Numbers, k: Numbers) -> Numbers:
    found = _log_gamma(n + 1) - _log_gamma(k + 1) - _log_gamma(n - k + 1)
    return np.asarray(found, np.float64)


def _tail(hit: Numbers, marked: Numbers, drawn: Numbers, total: Numbers) -> Numbers:
    """The upper tail as a multiple of its first term, from the ratios of neighbouring terms."""
    at, m, n = hit[:, None], marked[:, None], drawn[:, None]
    rest = (total - marked - drawn)[:, None]
    found, last = np.ones_like(hit), np.ones_like(hit)
    going = np.arange(hit.size)
    steps = np.arange(CHUNK, dtype=np.float64)
    while going.size:
        i = at[going] + steps
        ratios = (m[going] - i) * (n[going] - i) / ((i + 1) * (rest[going] + i + 1))
        terms = last[going, None] * np.cumprod(np.maximum(ratios, 0.0), axis=1)
        found[going] += terms.sum(axis=1)
        last[going] = terms[:, -1]
        at = at + CHUNK
        going = going[last[going] > NEGLIGIBLE * found[going]]
    return found
