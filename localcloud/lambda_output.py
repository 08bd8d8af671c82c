"""Reads all that a function prints, whole lines with the time they came, while it runs."""

from __future__ import annotations

import threading
import time
from typing import IO

_PATIENCE = 1.0  # a mark that is not there by then was swallowed by the function itself


class Output:
    """A line `\\0mark\\0` says that what an invocation printed ends there; nobody has to wait."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._events: list[tuple[int, str]] = []
        self._marks: set[str] = set()
        self._ended = False
        self._changed = threading.Condition()
        threading.Thread(target=self._read, args=(stream,), daemon=True).start()

    def wait(self, mark: str | None) -> None:
        """Until `mark` was read; without one, until the function's end of the pipe is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or mark in self._marks, _PATIENCE)
            self._marks.discard(mark or "")

    def add(self, line: str) -> None:
        with self._changed:
            self._events.append((int(time.time() * 1000), line))

    def take(self) -> list[tuple[int, str]]:
        with self._changed:
            taken, self._events = self._events, []
            return taken

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            for raw in stream:
                line = raw.decode("utf-8", errors="replace").rstrip("\n")
                mark = ""
                if line.endswith("\0") and line.count("\0") >= 2:
                    line, mark, _ = line.rsplit("\0", 2)
                with self._changed:
                    if line or not mark:
                        self._events.append((int(time.time() * 1000), line))
                    if mark:
                        self._marks.add(mark)
                        self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()
