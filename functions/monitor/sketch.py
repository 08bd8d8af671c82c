"""What a look needs to know of some rows: counts, which of two sets of rows add up to both's."""

from collections import Counter
from dataclasses import dataclass, field
from functools import reduce
from typing import Self


@dataclass(frozen=True)
class Tally:
    """One field's rows by bin, in the order of `penstock.bins.fractions`; of these `outside` are
    infinite, or beyond the contract's range."""

    bins: tuple[int, ...]
    outside: int = 0

    def __add__(self, other: Self) -> Self:
        bins = tuple(a + b for a, b in zip(self.bins, other.bins, strict=True))
        return type(self)(bins, self.outside + other.outside)


@dataclass(frozen=True)
class Sketch:
    """Whole numbers only, so that partitions merge to exactly what one pass over all would count.

    words: by text column, how many texts hold each word of its vocabulary.
    refused: requests by the reason that was given; misdated: rows that are not in the window
    though they arrived in it, by what is wrong with their time.
    """

    rows: int = 0
    fields: dict[str, Tally] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    misdated: Counter[str] = field(default_factory=Counter)
    words: dict[str, Counter[str]] = field(default_factory=dict)

    def __add__(self, other: Self) -> Self:
        names = [*self.fields, *(name for name in other.fields if name not in self.fields)]
        return type(self)(
            rows=self.rows + other.rows,
            fields={name: _sum(self.fields.get(name), other.fields.get(name)) for name in names},
            refused=self.refused + other.refused,
            misdated=self.misdated + other.misdated,
            words={
                name: self.words.get(name, Counter()) + other.words.get(name, Counter())
                for name in {**self.words, **other.words}
            },
        )


def merge(sketches: list[Sketch]) -> Sketch:
    return reduce(Sketch.__add__, sketches, Sketch())


def _sum(a: Tally | None, b: Tally | None) -> Tally:
    if a is None or b is None:
        found = a or b
        assert found is not None
        return found
    return a + b
