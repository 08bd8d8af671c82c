"""A few lines that write SVG, so that the report needs no plotting library and no script."""

import math
from collections.abc import Callable, Iterable

from markupsafe import Markup, escape

Scale = Callable[[float], float]


def tag(name: str, *content: str, **attributes: str | float | None) -> Markup:
    """One element; `class_` and `stroke_width` become class and stroke-width; floats are rounded.

    Content that is Markup stays, text is escaped.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_short(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{written}>{join(content)}</{name}>")


def join(parts: Iterable[str]) -> Markup:
    return Markup("").join(parts)


def picture(width: float, height: float, *content: str, label: str, class_: str = "") -> Markup:
    """The outermost element: it takes the width it gets and says what it shows."""
    return tag(
        "svg",
        *content,
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_label=label,
        class_=f"plot {class_}".strip(),
    )


def text(x: float, y: float, words: str, class_: str = "", anchor: str | None = None) -> Markup:
    return tag("text", words, x=x, y=y, class_=class_ or None, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def box(
    x: float, y: float, width: float, height: float, class_: str, *, hint: str = "", r: float = 0
) -> Markup:
    """A rectangle; `hint` shows under the pointer."""
    inner = [tag("title", hint)] if hint else []
    return tag(
        "rect",
        *inner,
        x=x,
        y=y,
        width=max(width, 0.0),
        height=max(height, 0.0),
        rx=r or None,
        class_=class_,
    )


def scale(low: float, high: float, start: float, end: float) -> Scale:
    """Data from low to high onto pixels from start to end (an empty range maps to start)."""
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def ticks(high: float, about: int = 8) -> list[float]:
    """Round numbers from 0 to `high`, about so many."""
    raw = max(high, 1e-9) / about
    power = 10 ** math.floor(math.log10(raw))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= raw)
    return [i * step for i in range(int(high / step) + 1)]


def _short(value: str | float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
