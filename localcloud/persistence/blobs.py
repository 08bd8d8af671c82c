"""Large bytes (objects, packages, layers) lie beside the snapshot, once each, named by their hash.

They do not change between two snapshots, so they are hashed and written once and not every time.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

SMALLEST = 32 * 1024


class Blobs:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._known: dict[int, tuple[bytes, str]] = {}  # holds the bytes, so that no id is reused

    def remember(self, found: Iterable[bytes]) -> None:
        """Write what is new, and forget what is gone."""
        known: dict[int, tuple[bytes, str]] = {}
        for data in found:
            if len(data) >= SMALLEST:
                before = self._known.get(id(data))
                known[id(data)] = (data, self._write(data, before[1] if before else None))
        self._known = known

    def name(self, data: bytes) -> str | None:
        """None when it was not there to be remembered."""
        known = self._known.get(id(data))
        return known[1] if known else None

    def get(self, name: str) -> bytes:
        """Raises OSError or ValueError when it is gone or not what it was."""
        data = (self._directory / name).read_bytes()
        if hashlib.sha256(data).hexdigest() != name:
            raise ValueError(f"{name} is not what was written")
        return data

    def prune(self, used: set[str]) -> None:
        for path in self._directory.glob("*"):
            if path.name not in used:
                path.unlink(missing_ok=True)

    def _write(self, data: bytes, known: str | None) -> str:
        name = known or hashlib.sha256(data).hexdigest()
        path = self._directory / name
        if not path.exists():  # also when it was pruned, and is there again
            self._directory.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(f"{name}.{os.getpid()}")
            partial.write_bytes(data)
            partial.replace(path)
        return name
