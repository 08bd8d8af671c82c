"""The road over time: a lane for each stage, a bar for each time it worked."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from cli.demo.plots import svg

WIDTH, GUTTER, TOP, ROW, BAR = 1080, 92, 34, 30, 18


def road(
    lanes: Sequence[str], spans: Sequence[Mapping[str, Any]], chapters: Sequence[Mapping[str, Any]]
) -> Markup:
    """`spans`: {lane, title, start, end, state}; `chapters`: {title, start, end}; in seconds.

    state is ok, bad (it was stopped, and should have been) or run (traffic: no outcome).
    """
    end = max([s["end"] for s in spans] + [c["end"] for c in chapters] + [1.0])
    bottom = TOP + ROW * len(lanes)
    x = svg.scale(0, end, GUTTER, WIDTH - 12)
    parts: list[Markup] = []
    for i, chapter in enumerate(chapters):
        left, right = x(chapter["start"]), x(chapter["end"])
        hint = f"{i + 1}. {chapter['title']}: {chapter['end'] - chapter['start']:.1f} s"
        shade = "band odd" if i % 2 else "band"
        parts.append(svg.box(left, 6, right - left, bottom - 6, shade, hint=hint))
        parts.append(svg.text((left + right) / 2, 24, str(i + 1), "chapter", "middle"))
    for row, lane in enumerate(lanes):
        middle = TOP + ROW * row + ROW / 2
        parts.append(svg.line(GUTTER, middle, WIDTH - 12, middle, "pipe"))
        parts.append(svg.text(GUTTER - 12, middle + 4, lane, "lane", "end"))
    for second in svg.ticks(end, 10):
        parts.append(svg.line(x(second), bottom, x(second), bottom + 5, "axis"))
        parts.append(svg.text(x(second), bottom + 19, f"{second:g} s", "tick", "middle"))
    for span in spans:
        if span["lane"] in lanes:
            parts += _bar(span, TOP + ROW * list(lanes).index(span["lane"]) + ROW / 2, x)
    return svg.picture(WIDTH, bottom + 26, *parts, label="The stages of the road over time")


def _bar(span: Mapping[str, Any], middle: float, x: svg.Scale) -> list[Markup]:
    left = x(span["start"])
    width = max(x(span["end"]) - left, 4.0)
    hint = f"{span['title']}: {span['end'] - span['start']:.1f} s"
    bar = svg.box(left, middle - BAR / 2, width, BAR, f"span {span['state']}", hint=hint, r=4)
    if width < 7.0 * len(span["title"]):
        return [bar]
    return [
        bar,
        svg.text(left + width / 2, middle + 4, span["title"], f"inbar {span['state']}", "middle"),
    ]
