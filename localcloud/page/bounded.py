"""Lists of bounded length, which say how many were left out: a page stays quick at any size."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from heapq import nlargest
from typing import Any, TypeVar

Item = TypeVar("Item")
Document = dict[str, Any]

MOST = 50
_MOST_TEXT = 64 * 1024


def newest(
    records: Collection[Item],
    when: Callable[[Item], Any],
    shown: Callable[[Item], Document],
    most: int = MOST,
) -> Document:
    """The `most` newest of the records, newest first."""
    chosen = nlargest(most, records, key=lambda record: seconds(when(record)) or 0.0)
    return of(map(shown, chosen), len(records))


def first(
    records: Collection[Item], shown: Callable[[Item], Document], most: int = MOST
) -> Document:
    """The first `most` of the records, in the order they are in."""
    chosen = [shown(record) for record, _ in zip(records, range(most), strict=False)]
    return of(chosen, len(records))


def of(items: Iterable[Document], total: int) -> Document:
    chosen = list(items)
    return {"items": chosen, "left_out": max(total - len(chosen), 0)}


def text(value: str | None) -> str | None:
    """A payload, cut where a browser would begin to labour."""
    if value is None or len(value) <= _MOST_TEXT:
        return value
    return f"{value[:_MOST_TEXT]}\n... {len(value) - _MOST_TEXT} characters are left out"


def seconds(moment: Any) -> float | None:
    """A moment, as any of the services writes it, in seconds since 1970."""
    if moment is None or moment == "":
        return None
    if isinstance(moment, datetime):
        return moment.timestamp()
    if isinstance(moment, int | float):
        return float(moment)
    found = datetime.fromisoformat(str(moment).replace("Z", "+00:00").replace("+0000", "+00:00"))
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
