"""The pictures of quality: a metric over time beside its evaluation, and reliability."""

from collections.abc import Mapping, Sequence
from typing import Any

from functions.monitor.page.html import Html, tag
from functions.monitor.page.plots import box, line, picture, text

Estimate = Mapping[str, Any]
WIDE, TALL, FOOT, LEFT = 320.0, 150.0, 128.0, 34.0


def course(
    name: str, periods: Sequence[Mapping[str, Any]], metric: str, before: Estimate | None
) -> Html:
    """Each period's value with its interval; the band is what the evaluation leaves open."""
    shown = [period for period in periods if period.get(metric)]
    held = [period[metric] for period in shown] + ([before] if before else [])
    low, high = min(e["low"] for e in held), max(e["high"] for e in held)
    spread = max(high - low, 1e-6)

    def y(value: float) -> float:
        return float(10 + (high - value) / spread * (FOOT - 18))

    parts = [line(LEFT, FOOT, WIDE - 4, FOOT, "axis")]
    if before:
        hint = f"at evaluation {before['value']:.3g} ({before['low']:.3g} to {before['high']:.3g})"
        top, bottom = y(before["high"]), y(before["low"])
        parts.append(box(LEFT, top, WIDE - 4 - LEFT, max(bottom - top, 1.5), "evaluated", hint))
        parts.append(line(LEFT, y(before["value"]), WIDE - 4, y(before["value"]), "evaluated"))
    step = (WIDE - 4 - LEFT) / len(shown)
    for i, period in enumerate(shown):
        found, x = period[metric], LEFT + (i + 0.5) * step
        days = period["from"] if period["from"] == period["to"] else (
            f"{period['from']} to {period['to']}")  # fmt: skip
        hint = (f"{days}: {found['value']:.3g} ({found['low']:.3g} to {found['high']:.3g}), "
                f"{period['rows']:,} labels")  # fmt: skip
        parts += [
            line(x, y(found["low"]), x, y(found["high"]), "reach"),
            _dot(x, y(found["value"]), 4, hint),
        ]
    parts += [
        text(LEFT - 5, y(high) + 5, f"{high:.2f}", "tick", "end"),
        text(LEFT - 5, y(low) + 3, f"{low:.2f}", "tick", "end"),
        text(LEFT, FOOT + 16, shown[0]["from"], "tick"),
    ]
    if len(shown) > 1:
        parts.append(text(WIDE - 4, FOOT + 16, shown[-1]["to"], "tick", "end"))
    return picture(WIDE, TALL, *parts, label=f"{name} over time, beside its evaluation")


def reliability(bins: Sequence[Mapping[str, Any]]) -> Html:
    """What was said against what happened; on the diagonal they are the same."""
    size, edge = 250.0, 30.0
    most = max(one["rows"] for one in bins)

    def at(value: float) -> float:
        return edge + value * (size - edge - 12)

    def up(value: float) -> float:
        return size - at(value)

    parts = [
        line(at(0), up(0), at(1), up(0), "axis"),
        line(at(0), up(0), at(0), up(1), "axis"),
        line(at(0), up(0), at(1), up(1), "ideal"),
    ]
    for one in bins:
        hint = (f"said {one['said']:.0%}, seen {one['seen']:.0%} ({one['low']:.0%} to "
                f"{one['high']:.0%}), {one['rows']:,} answers")  # fmt: skip
        x = at(one["said"])
        parts += [
            line(x, up(one["low"]), x, up(one["high"]), "reach"),
            _dot(x, up(one["seen"]), 3 + 4 * (one["rows"] / most) ** 0.5, hint),
        ]
    parts += [
        text(at(0), size - 10, "0 %", "tick", "middle"),
        text(at(1), size - 10, "100 %", "tick", "end"),
        text(at(0.5), size - 10, "score", "tick", "middle"),
        text(at(0) - 4, up(1) + 4, "1", "tick", "end"),
        text(at(0) + 8, up(1) + 4, "share that was positive", "tick"),
    ]
    return picture(size, size, *parts, label="the share that was positive, by score")


def _dot(x: float, y: float, radius: float, hint: str) -> Html:
    return tag("circle", tag("title", hint), cx=x, cy=y, r=radius, class_="dot")
