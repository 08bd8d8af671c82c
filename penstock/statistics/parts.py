"""The shares of rows that no bin is about: missing, and not seen in training."""

from penstock.statistics.pair import Pair


def missing(pair: Pair) -> float:
    """The window's share of rows without a value."""
    return float(pair.shares[1][-1])


def unseen(pair: Pair) -> float | None:
    """The window's share of rows whose value the baseline does not list; of categories only.

    A value that too few training rows had is not listed either: their share is in the baseline.
    """
    return None if pair.edges is not None else float(pair.shares[1][-2])
