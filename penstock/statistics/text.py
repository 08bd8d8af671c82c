"""Text as two numeric columns, a row each: how long it is, and how much of it training knew.

Rows stay what is counted, so that the tests hold: the words of one text are not independent.
Rabanser et al., Failing Loudly (2019), for why a low-dimensional view is the one to test.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

import numpy as np
import numpy.typing as npt

WORD = re.compile(r"\w+", re.UNICODE)


def words(text: str) -> list[str]:
    return WORD.findall(text.casefold())


def lengths(texts: Sequence[str]) -> npt.NDArray[np.float64]:
    """Words of each text [n]; NaN where the text is missing ("")."""
    return np.array([len(words(text)) if text else np.nan for text in texts], np.float64)


def vocabulary(texts: Iterable[str], *, least: int, most: int = 5000) -> list[str]:
    """The words that at least `least` texts hold, the most common first, at most `most`.

    So no word is kept that only a few people wrote.
    """
    held = Counter(word for text in texts for word in set(words(text)))
    common = sorted((-n, word) for word, n in held.items() if n >= least)
    return [word for _, word in common[:most]]


def known(texts: Sequence[str], vocabulary: Collection[str]) -> npt.NDArray[np.float64]:
    """The share of each text's words that the vocabulary has [n]; NaN where it has no word."""
    listed = frozenset(vocabulary)
    return np.array([_share(words(text), listed) for text in texts], np.float64)


def _share(found: list[str], listed: frozenset[str]) -> float:
    return sum(word in listed for word in found) / len(found) if found else np.nan
