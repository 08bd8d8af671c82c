"""A release as its callers saw it: who answered when, with which scores, how fast."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from cli.demo.plots import svg

WIDTH = 640


def shares(buckets: Sequence[Mapping[str, Any]], old: str, new: str) -> Markup:
    """Stacked bars of the requests answered by `new` over those by `old`.

    `buckets`: {at (seconds), counts: {version: n}} in order, of equal length in time.
    """
    height, top, bottom = 150, 10, 22
    end = max((b["at"] for b in buckets), default=0.0)
    x = svg.scale(0, max(len(buckets), 1), 40, WIDTH - 8)
    y = svg.scale(0, 1, height - bottom, top)
    parts = [svg.line(40, y(v), WIDTH - 8, y(v), "grid") for v in (0, 0.5, 1)]
    parts += [svg.text(34, y(v) + 4, f"{v:.0%}", "tick", "end") for v in (0, 0.5, 1)]
    for i, bucket in enumerate(buckets):
        total = sum(bucket["counts"].values())
        if not total:
            continue
        share = bucket["counts"].get(new, 0) / total
        left, width = x(i) + 0.5, x(i + 1) - x(i) - 1
        hint = f"{bucket['at']:.1f} s: {share:.0%} of {total} requests by version {new}"
        parts.append(svg.box(left, y(1), width, y(share) - y(1), "old", hint=hint))
        parts.append(svg.box(left, y(share), width, y(0) - y(share), "new", hint=hint))
    parts.append(svg.text(40, height - 4, "0 s", "tick"))
    parts.append(svg.text(WIDTH - 8, height - 4, f"{end:.0f} s", "tick", "end"))
    label = f"Share of the requests that version {new} answered, beside version {old}"
    return svg.picture(WIDTH, height, *parts, label=label)


def scores(old: Sequence[float], new: Sequence[float]) -> Markup:
    """Two histograms of scores from 0 to 1 over the same bins: old upwards, new downwards."""
    bins, height, middle = 20, 150, 68
    ups, downs = _histogram(old, bins), _histogram(new, bins)
    tallest = max([*ups, *downs, 1e-9])
    x = svg.scale(0, bins, 8, WIDTH - 8)
    parts = []
    for i, (up, down) in enumerate(zip(ups, downs, strict=True)):
        left, width = x(i) + 1, x(i + 1) - x(i) - 2
        tall, deep = up / tallest * 60, down / tallest * 60
        span = f"scores {i / bins:g} to {(i + 1) / bins:g}"
        parts.append(svg.box(left, middle - tall, width, tall, "old", hint=f"{span}: {up:.0%}"))
        parts.append(svg.box(left, middle, width, deep, "new", hint=f"{span}: {down:.0%}"))
    parts.append(svg.line(8, middle, WIDTH - 8, middle, "axis"))
    for value in (0, 0.5, 1):
        anchor = "start" if value == 0 else "end" if value == 1 else "middle"
        parts.append(svg.text(x(value * bins), height - 4, f"score {value:g}", "tick", anchor))
    return svg.picture(WIDTH, height, *parts, label="Scores of both versions on the same traffic")


def _histogram(values: Sequence[float], bins: int) -> list[float]:
    """The share of the values in each of `bins` equal bins over [0, 1]."""
    counts = [0] * bins
    for value in values:
        counts[min(max(int(value * bins), 0), bins - 1)] += 1
    return [count / max(len(values), 1) for count in counts]
