"""One gate as a bar: where it opens, where the candidate stands, where the champion stands."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from cli.demo.plots import svg

WIDTH, HEIGHT, MIDDLE = 420, 34, 15


def gate(result: Mapping[str, Any]) -> Markup:
    """`result`: {metric, value, min, max, champion, passed}; min, max, champion may be None."""
    low, high = _domain(result)
    x = svg.scale(low, high, 8, WIDTH - 8)
    left = x(result["min"]) if result.get("min") is not None else x(low)
    right = x(result["max"]) if result.get("max") is not None else x(high)
    parts = [
        svg.box(x(low), MIDDLE - 5, x(high) - x(low), 10, "track", r=5),
        svg.box(left, MIDDLE - 5, right - left, 10, "open", hint="the gate is open here", r=5),
    ]
    for bound in ("min", "max"):
        if (limit := result.get(bound)) is not None:
            parts.append(svg.line(x(limit), MIDDLE - 11, x(limit), MIDDLE + 11, "limit"))
            anchor = "end" if x(limit) > WIDTH * 0.6 else "start"
            parts.append(svg.text(x(limit), HEIGHT - 1, f"{bound} {limit:g}", "tick", anchor))
    if (champion := result.get("champion")) is not None:
        parts.append(_dot(x(champion), 5.5, "champion", f"champion {champion:.4g}"))
    state = "candidate" if result["passed"] else "candidate bad"
    parts.append(_dot(x(result["value"]), 5.5, state, f"candidate {result['value']:.4g}"))
    return svg.picture(WIDTH, HEIGHT, *parts, label=f"{result['metric']} against its gate")


def _domain(result: Mapping[str, Any]) -> tuple[float, float]:
    """From a little below the lowest mark to a little above the highest."""
    known = ("value", "min", "max", "champion")
    marks = [float(result[k]) for k in known if result.get(k) is not None]
    low, high = min(marks), max(marks)
    room = (high - low) * 0.35 or abs(high) * 0.1 or 1.0
    ceiling = 1.0 if result.get("min") is not None and low >= 0 and high <= 1 else high + room
    return (0.0 if low >= 0 and low - room < 0 else low - room), max(ceiling, high)


def _dot(x: float, radius: float, class_: str, hint: str) -> Markup:
    return svg.tag(
        "circle", svg.tag("title", hint), cx=x, cy=float(MIDDLE), r=radius, class_=class_
    )
