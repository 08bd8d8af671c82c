"""What is done once, when a server answers: what the one before it left running comes to its end.

Each part of the cloud registers its own step. A step must not wait for long: others wait for it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

done = threading.Event()
_steps: list[Callable[[], None]] = []
_log = logging.getLogger("localcloud.persistence")


def register(step: Callable[[], None]) -> None:
    """`step` is called after the state is restored and the server answers, in a thread."""
    _steps.append(step)


def run() -> None:
    for step in _steps:
        try:
            step()
        except Exception:
            _log.exception("%s.%s", step.__module__, step.__qualname__)
    done.set()
