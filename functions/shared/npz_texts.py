"""Free texts in an npz file: all of them after each other, and where each ends.

numpy's own arrays of text give every one the room of the longest, four bytes a character.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

_ENDS = "__ends__"  # no column of a contract can be named so


def pack(name: str, texts: Sequence[str]) -> dict[str, npt.NDArray[Any]]:
    """The arrays that hold a column of texts."""
    encoded = [text.encode() for text in texts]
    ends = np.cumsum([len(each) for each in encoded], dtype=np.int64)
    return {name: np.frombuffer(b"".join(encoded), np.uint8), f"{_ENDS}{name}": ends}


def unpack(name: str, arrays: Mapping[str, npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """str objects [n]."""
    whole, ends = arrays[name].tobytes(), arrays[f"{_ENDS}{name}"].tolist()
    texts = [whole[a:b].decode() for a, b in pairwise([0, *ends])]
    return np.array(texts, object)
