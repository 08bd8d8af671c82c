"""A bound on chance for a column that moved a little in many bins, where no single cut tells.

n * KL(sample || law) of n rows in k bins exceeds s with at most e^-s * (e * s / (k - 1))^(k - 1):
Agrawal, Finite-Sample Concentration of the Multinomial in Relative Entropy (2020). It holds for
every n. Here the law is that of both sides together, from which the smaller side is a draw without
replacement, which a convex function makes no larger: Hoeffding, Probability Inequalities for Sums
of Bounded Random Variables (1963), theorem 4. So it holds with the baseline's noise too.
"""

import math

from penstock.statistics.jensen_shannon import relative_entropy
from penstock.statistics.pair import Counts, share


def log_p(baseline: Counts, window: Counts) -> float:
    """ln of a p-value, at most 0; no bin is empty on both sides."""
    smaller = min(baseline, window, key=lambda side: float(side.sum()))
    freedom = len(smaller) - 1
    surprise = smaller.sum() * relative_entropy(share(smaller), share(baseline + window))
    if freedom < 1 or surprise <= freedom:
        return 0.0
    return float(freedom - surprise + freedom * math.log(surprise / freedom))
