"""The places where this cloud mends what it is built on: every module that says "Upstream:"."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).parents[1]


def shims() -> Iterator[tuple[str, str, str]]:
    """(module, what it mends, what would have to change upstream)."""
    for path in sorted(_ROOT.rglob("*.py")):
        text = ast.get_docstring(ast.parse(path.read_text())) or ""
        words = re.sub(r"\s+", " ", text)
        about, found, rest = words.partition("Upstream:")
        if found:
            module = path.relative_to(_ROOT.parent).with_suffix("").as_posix().replace("/", ".")
            yield module, about.strip(), rest.strip()
