"""The quality of a ranking: NDCG, each query by itself, with the interval of their mean.

Jarvelin and Kekalainen (2002), Cumulated gain-based evaluation of IR techniques; gain is the
relevance itself, as in scikit-learn. No use case's file may ask for it yet.
"""

import numpy as np

from penstock.quality.estimate import Estimate, Floats, mean


def measure(relevance: Floats, score: Floats, query: Floats, k: int = 10) -> dict[str, Estimate]:
    """relevance float [n] (0 or more), score float [n], query [n]: which rows are ranked together.

    At least two queries of which something is relevant; the others say nothing and are left out.
    """
    order = np.lexsort((-score, query))
    starts = np.unique(query[order], return_index=True)[1][1:]
    ranked = zip(np.split(relevance[order], starts), np.split(score[order], starts), strict=True)
    found = [_ndcg(gains, scores, k) for gains, scores in ranked if gains.any()]
    return {f"ndcg_at_{k}": mean(np.array(found), (0.0, 1.0))}


def _ndcg(gains: Floats, scores: Floats, k: int) -> float:
    """Rows of one score share their gains evenly: their order is not the model's."""
    discounts = np.where(np.arange(len(gains)) < k, 1 / np.log2(np.arange(len(gains)) + 2), 0.0)
    _, tie, rows = np.unique(-scores, return_inverse=True, return_counts=True)
    shared = (np.bincount(tie, gains) / rows)[tie]
    return float(shared @ discounts / (np.sort(gains)[::-1] @ discounts))
