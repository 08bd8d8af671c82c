"""The page's pictures, as SVG that needs neither a library nor a script."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from functions.monitor.page.html import Html, tag


def stretched(width: float, height: float, *parts: str, label: str) -> Html:
    """It fills the box that its class has, whatever its shape; words beside it stay readable."""
    view, fill = f"0 0 {width:g} {height:g}", "none"
    return tag("svg", *parts, viewBox=view, preserveAspectRatio=fill, role="img", aria_label=label)


def picture(width: float, height: float, *parts: str, label: str) -> Html:
    """It takes the width that it gets, and says what it shows to whom cannot see it."""
    view = f"0 0 {width:g} {height:g}"
    return tag("svg", *parts, viewBox=view, role="img", aria_label=label, class_="plot")


def bins(name: str, column: Mapping[str, Any]) -> Html:
    """A column's bins, the training's share beside the window's."""
    width, top, bottom = 320.0, 8.0, 112.0
    pairs = list(zip(column["bins"], column["expected"], column["actual"], strict=True))
    pairs = [pair for pair in pairs if pair[0] not in ("other", "missing") or any(pair[1:])]
    tallest = max([share for _, before, now in pairs for share in (before, now)] + [1e-9])
    step = (width - 8) / max(len(pairs), 1)
    parts = [line(4, bottom, width - 4, bottom, "axis")]
    for i, (label, before, now) in enumerate(pairs):
        hint = f"{label}: {before:.1%} in training, {now:.1%} now"
        bar = min(step * 0.42, 60)
        middle = 4 + (i + 0.5) * step
        for left, share, kind in ((middle - bar, before, "old"), (middle, now, "new")):
            height = share / tallest * (bottom - top)
            parts.append(box(left, bottom - height, bar, height, kind, hint))
    parts += _ends([label for label, *_ in pairs], step, width, bottom + 16)
    return picture(width, 134, *parts, label=f"{name}: share of rows in training and now")


def _ends(labels: Sequence[str], step: float, width: float, y: float) -> list[Html]:
    """Every label where there is room for it, else the first and the last."""
    room = int(step / 6.2)
    if all(len(label) <= room for label in labels):
        return [text(4 + (i + 0.5) * step, y, label, "tick", "middle")
                for i, label in enumerate(labels)]  # fmt: skip
    ends = [text(4, y, _cut(labels[0], 24), "tick")]
    return [*ends, text(width - 4, y, _cut(labels[-1], 24), "tick", "end")]


def bar(column: Mapping[str, Any], longest: float) -> Html:
    """How many rows have moved, beside the shift that is worth knowing of this column."""
    length, limit = (column[key] / longest * 100 for key in ("shift", "threshold"))
    kind = "move bad" if column["drifted"] else "move"
    parts = [
        box(0, 2, length, 8, kind, column["why"]),
        box(min(limit, 99.6), 0, 0.4, 12, "limit", f"{column['threshold']:.1%} is worth knowing"),
    ]
    return stretched(100, 12, *parts, label=f"{column['shift']:.1%} of rows moved")


def pair(before: float, now: float, longest: float) -> Html:
    """A share in training, and under it the same now."""
    sides = (before, "old", 1.0, "in training"), (now, "new", 7.0, "now")
    parts = [box(0, top, share / longest * 100, 5, kind, f"{share:.1%} {when_}")
             for share, kind, top, when_ in sides]  # fmt: skip
    return stretched(100, 13, *parts, label=f"{before:.1%} in training, {now:.1%} now")


def scores(history: Sequence[Mapping[str, Any]], labels: Sequence[str]) -> Html:
    """The scores at each look: the share of each band, the lowest at the foot."""
    parts = []
    for i, point in enumerate(history):
        floor = 100.0
        for label, shade, share in zip(labels, _shades(labels), point["score"], strict=True):
            hint = f"{when(point['at'])}: {share:.1%} {label}"
            floor -= share * 100
            parts.append(box(i + 0.04, floor, 0.92, share * 100, f"band {shade}", hint))
    return stretched(len(history), 100, *parts, label="scores at each look, by band")


def _shades(labels: Sequence[str]) -> list[str]:
    """From the palest to the darkest; the missing, which come last, have a colour of their own."""
    bands = len(labels) - 1
    return [*(f"b{i * 8 // max(bands - 1, 1)}" for i in range(bands)), "none"]


def course(history: Sequence[Mapping[str, Any]]) -> Html:
    """Each look: how far the worst column had moved, and whether anything had drifted."""
    tallest = max([point["worst"] for point in history] + [1e-9])
    parts = []
    for i, point in enumerate(history):
        tall = max(point["worst"] / tallest * 100, 1.0)
        hint = (
            f"{when(point['at'])}: {point['drifted']} drifted, {point['worst']:.1%} at most, "
            f"{point['rows']:,} rows, {point['refused']:,} refused, version {point['version']}"
        )
        kind = "move bad" if point["drifted"] else "move"
        parts.append(box(i + 0.08, 100 - tall, 0.84, tall, kind, hint))
    return stretched(len(history), 100, *parts, label="the worst column's shift at each look")


def when(iso: str) -> str:
    return f"{datetime.fromisoformat(iso):%d %b %H:%M}"


def _cut(label: str, most: int) -> str:
    return label if len(label) <= most else label[: most - 1] + "…"


def text(x: float, y: float, words: str, kind: str, anchor: str | None = None) -> Html:
    return tag("text", words, x=x, y=y, class_=kind, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Html:
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=kind)


def box(x: float, y: float, width: float, height: float, kind: str, hint: str) -> Html:
    size = {"width": max(width, 0.0), "height": max(height, 0.0)}
    return tag("rect", tag("title", hint), x=x, y=y, class_=kind, **size)
