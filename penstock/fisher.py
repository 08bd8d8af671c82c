"""Fisher's exact test of two shares, one-sided. No numpy: the judge of a release does without."""

import math

_NEGLIGIBLE = 1e-12


def chance_of_more(hit: int, of: int, hit_beside: int, of_beside: int) -> float:
    """How likely at least `hit` of `of` are, if they are as the `hit_beside` of `of_beside` are.

    The upper tail of the hypergeometric law (Fisher, Statistical Methods for Research Workers,
    1934): exact however few there are. 1 where the share is not above the other.
    """
    marked, total = hit + hit_beside, of + of_beside
    if hit * total <= of * marked:
        return 1.0
    found = 0.0
    for i in range(hit, min(marked, of) + 1):
        ways = _log_choose(marked, i) + _log_choose(total - marked, of - i)
        found += (term := math.exp(ways - _log_choose(total, of)))
        if term < _NEGLIGIBLE * found:  # beyond the mean the terms only fall
            break
    return min(found, 1.0)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
