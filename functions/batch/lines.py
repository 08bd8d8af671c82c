"""Records of a text file, found by their line ends alone: a file is cut without being parsed."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_NEWLINE, _RETURN, _QUOTE = b'\n\r"'
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Cut:
    """`rows` records in the bytes [start, end) of a file; blank lines are none."""

    start: int
    end: int
    rows: int


class Scanner:
    """Takes a file block by block. `quoted`: a line break between quotes ends no record (CSV)."""

    def __init__(self, *, quoted: bool, start: int = 0) -> None:
        self._quoted, self._inside = quoted, 0
        self._begin = self._position = start  # of the record, of the block
        self._last = 0  # the byte before the block

    def take(self, block: bytes) -> tuple[Places, Places]:
        """Where the block's records that are not blank begin, and where they end: after the line
        end."""
        data = np.frombuffer(block, np.uint8)
        found = np.flatnonzero(data == _NEWLINE)
        if self._quoted:
            quotes = np.flatnonzero(data == _QUOTE)
            found = found[(np.searchsorted(quotes, found) + self._inside) % 2 == 0]
            self._inside = (self._inside + len(quotes)) % 2
        ends = found + self._position
        starts = np.concatenate([[self._begin], ends[:-1] + 1])[: len(ends)]
        # at index 0 the byte before is the last of the block before, or nothing
        before = np.where(found > 0, data[found - 1], self._last) if len(found) else found
        filled = ~_blank(ends - starts, before)
        if len(data):
            self._last = int(data[-1])
        self._position += len(data)
        self._begin = int(ends[-1]) + 1 if len(ends) else self._begin
        return starts[filled], ends[filled] + 1

    def rest(self) -> tuple[Places, Places]:
        """The last record, where no line end follows it."""
        lone = np.array([self._position - self._begin]), np.array([self._last])
        kept = ~_blank(*lone)
        return np.array([self._begin])[kept], np.array([self._position])[kept]


def _blank(lengths: Places, last: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = (lengths == 0) | ((lengths == 1) & (last == _RETURN))
    return found


def cuts(blocks: Iterable[bytes], most: int, *, quoted: bool, start: int = 0) -> Iterator[Cut]:
    """Parts of `most` records (the last of fewer) of the file from the byte `start` on."""
    scanner = Scanner(quoted=quoted, start=start)
    first, rows, end = start, 0, start
    for _, ends in _all(scanner, blocks):
        taken = 0
        while rows + len(ends) - taken >= most:
            taken += most - rows
            end = int(ends[taken - 1])
            yield Cut(first, end, most)
            first, rows = end, 0
        rows += len(ends) - taken
        end = int(ends[-1]) if len(ends) else end
    if rows:
        yield Cut(first, end, rows)


def records(data: bytes, *, quoted: bool) -> list[bytes]:
    """Each record without its line end; a blank line is none."""
    scanner = Scanner(quoted=quoted)
    return [
        data[start:end].removesuffix(b"\n")
        for starts, ends in _all(scanner, [data])
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
    ]


def _all(scanner: Scanner, blocks: Iterable[bytes]) -> Iterator[tuple[Places, Places]]:
    for block in blocks:
        yield scanner.take(block)
    yield scanner.rest()
