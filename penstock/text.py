"""Free text as numbers, a text each: how long it is, and how much of it training knew.

Rows stay what is counted, so that the tests of the monitor hold: the words of one text are not
independent. A word is a run, lower-cased, of anything but the controls, spaces and punctuation of
ASCII, Latin-1, General Punctuation and CJK. So it is letters and digits of any script, and emoji;
said by code points, since regular expressions do not agree on what a letter is. A script that is
written without spaces has long words: its length tells more than its vocabulary.
"""

import re
from collections.abc import Collection, Iterable, Sequence

import numpy as np
import numpy.typing as npt

CHARACTERS, WORDS, UNLISTED = "characters", "words", "unlisted words"  # what is measured of a text
VOCABULARY = "vocabulary"

# Python, polars (Rust), Athena (Trino) and DuckDB read it alike.
WORD = "[^\\x00-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7f\u0080-\u00bf\u2000-\u206f\u3000-\u303f]+"
_words = re.compile(WORD)

Numbers = npt.NDArray[np.float64]


def field(column: str, measure: str) -> str:
    """What a measure of a text column goes by; no column can be named so."""
    return f"{column}, {measure}"


def words(text: str) -> list[str]:
    return _words.findall(text.lower())


def characters(texts: Iterable[str]) -> Numbers:
    """The code points of each text [n]; NaN where it is missing ("")."""
    return np.array([len(text) or np.nan for text in texts], np.float64)


def lengths(texts: Iterable[str]) -> Numbers:
    """The words of each text [n], 0 where it is of punctuation; NaN where it is missing ("")."""
    return np.array([len(words(text)) if text else np.nan for text in texts], np.float64)


def unlisted(texts: Sequence[str], listed: Collection[str]) -> Numbers:
    """The share of each text's different words that are not listed [n]; NaN where it has none."""
    known = frozenset(listed)
    return np.array([_unlisted(frozenset(words(text)), known) for text in texts], np.float64)


def _unlisted(found: frozenset[str], listed: frozenset[str]) -> float:
    return 1 - len(found & listed) / len(found) if found else np.nan
