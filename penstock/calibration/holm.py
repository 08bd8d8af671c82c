"""Several columns are looked at, so each must meet a stricter level.

Holm, A Simple Sequentially Rejective Multiple Test Procedure (1979): the chance of any false
finding stays within the level, however the columns hang together.
"""

import math
from collections.abc import Sequence


def levels(log_ps: Sequence[float], level: float) -> list[float]:
    """The level that each column's p-value is held to, in the order given.

    The smallest of m p-values is held to level / m, the next to level / (m - 1), and so on until
    one does not meet its own: the rest are held to that one's, and, being larger, do not meet it.
    """
    found = [0.0] * len(log_ps)
    left, stopped = len(log_ps), False
    for i in sorted(range(len(log_ps)), key=log_ps.__getitem__):
        found[i] = level / left
        stopped = stopped or math.exp(log_ps[i]) > found[i]
        left -= not stopped
    return found
