"""Loading the use case's one feature function, and only the one that was named."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from penstock.contract import Columns
from penstock.errors import PenstockError

Features = Callable[[Columns], Columns]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def load(path: Path, expected_sha256: str | None = None) -> Features:
    """The function `features` of a features.py: columns in, columns out, n rows or 1.

    With `expected_sha256` any other file is refused before a line of it runs: code that comes
    with a model runs in the role of whoever loads it.
    """
    source = path.read_bytes()
    found = hashlib.sha256(source).hexdigest()
    if expected_sha256 is not None and found != expected_sha256:
        raise PenstockError(
            f"features.py has sha256 {found[:12]}",
            where=str(path),
            expected=f"the deployed use case's {expected_sha256[:12]}",
        )
    # Not by an import: that would run a __pycache__ found beside it, which nobody has hashed, and
    # would leave one in a model's folder.
    module = ModuleType(f"features_{found[:12]}")
    exec(compile(source, str(path), "exec"), module.__dict__)
    function = getattr(module, "features", None)
    if not callable(function):
        raise PenstockError(
            "no function `features`", where=str(path), expected="def features(columns) -> columns"
        )
    return function  # type: ignore[no-any-return]
