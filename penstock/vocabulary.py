"""The commonest words of a text column, and which share of its texts holds each of them."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from penstock import text, usual

WORDS = 200  # of a vocabulary
LONGEST = 40  # characters of a word in it: what is longer is no word that people share


def table(texts: Sequence[str], *, k_anonymous: int, in_time: bool) -> dict[str, Any]:
    """{"words": {word: share of texts}, "rows": texts}, the commonest first; missing ("") apart.

    No word is kept that fewer than `k_anonymous` texts hold, nor (as with categories) fewer than
    one in a thousand. in_time: the texts come in the order of their event time (`penstock.usual`).
    """
    held = [frozenset(text.words(each)) for each in texts]
    present = np.array([bool(each) for each in texts], np.bool_)
    rows = int(present.sum())
    counted = Counter(word for words in held for word in words)
    least = max(k_anonymous, rows / 1000)
    common = [(-n, word) for word, n in counted.items() if n >= least and len(word) <= LONGEST]
    listed = {word: -n / rows for n, word in sorted(common)[:WORDS]}
    made: dict[str, Any] = {"kind": text.VOCABULARY, "words": listed, "rows": rows}
    if in_time:
        places = {word: i for i, word in enumerate(listed)}
        marks = [(row, places[word]) for row, words in enumerate(held)
                 for word in words if word in places]  # fmt: skip
        at = np.array(marks, np.intp).reshape(-1, 2)
        made["usual"] = usual.runs_of_marks(at, len(listed), present)
    return made
