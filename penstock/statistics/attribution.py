"""Whether a model goes by its features in the order in which it did: NDCG of their attributions.

As SageMaker Clarify's feature attribution drift defines it (Amazon SageMaker AI Developer Guide,
"Feature attribution drift for models in production"): features in the order of now, each worth
what training gave it, DCG = sum a(f_i) / log2(i + 1), over that of training's own order; Järvelin
and Kekäläinen, Cumulated Gain-Based Evaluation of IR Techniques (2002). Below 0.9 is worth knowing.
"""

from collections.abc import Mapping, Sequence

import numpy as np

WORTH = 0.9


def ndcg(trained: Mapping[str, float], now: Mapping[str, float]) -> float:
    """1 where the order has not changed; mean absolute attributions by feature, the same on both.

    1 too where training went by nothing: then there is no order to lose.
    """
    best = _gain(trained, ranking(trained))
    return _gain(trained, ranking(now)) / best if best else 1.0


def ranking(attributions: Mapping[str, float]) -> list[str]:
    """The features, the weightiest first; of equal ones the first by name."""
    return sorted(attributions, key=lambda name: (-attributions[name], name))


def _gain(worth: Mapping[str, float], order: Sequence[str]) -> float:
    discounts = np.log2(np.arange(len(order)) + 2)
    return float((np.array([worth[name] for name in order]) / discounts).sum())
