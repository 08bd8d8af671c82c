"""Drift: how far every feature moved, and what the movement looks like."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from cli.demo.plots import svg


def ranking(columns: Sequence[Mapping[str, Any]], alarm: float) -> Markup:
    """The share of rows that moved, the largest first, with the line of what is worth knowing."""
    width, gutter, row = 1080, 190, 20
    longest = max([c["shift"] for c in columns] + [alarm]) * 1.05
    x = svg.scale(0, longest, gutter, width - 60)
    bottom = row * len(columns) + 8
    parts = []
    for i, column in enumerate(columns):
        top = 4 + i * row
        state = "move bad" if column["drifted"] else "move"
        parts.append(svg.text(gutter - 10, top + 13, column["name"], "lane", "end"))
        parts.append(svg.box(gutter, top + 3, x(column["shift"]) - gutter, row - 7, state, r=3))
        parts.append(svg.text(x(column["shift"]) + 6, top + 13, f"{column['shift']:.1%}", "tick"))
    parts.append(svg.line(x(alarm), 0, x(alarm), bottom, "limit"))
    parts.append(svg.text(x(alarm) + 5, bottom + 12, f"{alarm:.0%} is worth knowing", "tick"))
    return svg.picture(width, bottom + 18, *parts, label="share of rows moved, by feature")


def bins(column: Mapping[str, Any]) -> Markup:
    """One feature's bins side by side; `column`: {name, labels, baseline, current}, shares of 1."""
    width, height, top, bottom = 320, 128, 6, 20
    pairs = list(zip(column["labels"], column["baseline"], column["current"], strict=True))
    tallest = max([*column["baseline"], *column["current"], 1e-9])
    x = svg.scale(0, max(len(pairs), 1), 4, width - 4)
    y = svg.scale(0, tallest, height - bottom, top)
    floor = y(0)
    parts = []
    for i, (label, before, now) in enumerate(pairs):
        half = (x(i + 1) - x(i)) * 0.42
        left = x(i) + (x(i + 1) - x(i)) * 0.08
        hint = f"{label}: {before:.1%} in training, {now:.1%} now"
        parts.append(svg.box(left, y(before), half, floor - y(before), "old", hint=hint))
        parts.append(svg.box(left + half, y(now), half, floor - y(now), "new", hint=hint))
    parts.append(svg.line(4, floor, width - 4, floor, "axis"))
    if pairs:
        parts.append(svg.text(4, height - 5, _short(pairs[0][0]), "tick"))
        parts.append(svg.text(width - 4, height - 5, _short(pairs[-1][0]), "tick", "end"))
    return svg.picture(width, height, *parts, label=f"{column['name']}: training beside now")


def _short(label: str) -> str:
    return label if len(label) <= 22 else label[:21] + "…"
