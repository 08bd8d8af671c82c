"""One part of a look beside its columns: what it found, and what its section of the page reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.shared.files import Trouble


@dataclass(frozen=True)
class Part:
    """`found`: what should call someone, in words by its name; `details` become report[kind]."""

    kind: str
    found: Mapping[str, str]
    details: dict[str, Any]
    troubles: Sequence[Trouble] = ()
