"""What waits for somebody outside: callbacks and activities, with their tokens and heartbeats."""

from __future__ import annotations

import json
import secrets
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from localcloud import clock
from localcloud.states.engine.fault import Fault
from localcloud.states.engine.scope import Cancellation
from localcloud.states.engine.wire import Response, answer, refusal


@dataclass
class Token:
    """`done` is set by an answer, or with the scope that waits for it."""

    done: Cancellation
    heartbeat: float | None = None
    beat: clock.Deadline | None = None
    result: Any = None
    fault: Any = None
    id: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def alive(self) -> None:
        """Begin to count the heartbeat's seconds (again)."""
        self.beat = None if self.heartbeat is None else clock.after(self.heartbeat)


_lock = threading.Lock()
_open: dict[str, Token] = {}
_closed: deque[str] = deque(maxlen=10_000)


def open_(token: Token) -> Token:
    with _lock:
        _open[token.id] = token
    return token


def close(token: Token) -> None:
    with _lock:
        if _open.pop(token.id, None):
            _closed.append(token.id)


def succeed(request: dict[str, Any]) -> Response:
    try:
        result = json.loads(request.get("output", ""))
    except ValueError as error:
        return refusal("InvalidOutput", f"Invalid Output: '{error}'")
    return _answer(request, result, None)


def fail(request: dict[str, Any]) -> Response:
    fault = Fault(request.get("error", ""), request.get("cause", ""))
    return _answer(request, None, fault)


def _answer(request: dict[str, Any], result: Any, fault: Any) -> Response:
    with _lock:
        token = _open.pop(request.get("taskToken", ""), None)
        if token is None:
            return _unknown(request)
        _closed.append(token.id)
    token.result, token.fault = result, fault
    token.done.set()
    return answer({})


def heartbeat(request: dict[str, Any]) -> Response:
    token = _open.get(request.get("taskToken", ""))
    if token is None:
        return _unknown(request)
    token.alive()
    return answer({})


def _unknown(request: dict[str, Any]) -> Response:
    if request.get("taskToken") in _closed:
        text = "Task Timed Out: 'Provided task does not exist anymore'"
        return refusal("TaskTimedOut", text)
    return refusal("InvalidToken", "Invalid Token: 'Invalid token'")
