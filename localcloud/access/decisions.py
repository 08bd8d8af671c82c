"""The last authorization decisions, so that one can see which statement allowed what."""

from __future__ import annotations

import time
from collections import deque
from itertools import islice
from threading import Lock
from typing import Any, NamedTuple

from localcloud import admin

_KEPT = 100_000


class Decision(NamedTuple):
    """`statements` are those that allowed it: the policy's name or ARN and the index in it, or
    ["resource", ARN, Sid] for the resource's own policy. A user or root has no session."""

    time: float
    principal: str
    session: str
    action: str
    resource: str
    allowed: bool
    statements: tuple[tuple[str, Any], ...]
    reason: str


_ring: deque[Decision] = deque(maxlen=_KEPT)
_lock = Lock()
_made = 0


def record(
    principal: str,
    action: str,
    resource: str,
    *,
    statements: tuple[tuple[Any, ...], ...] = (),
    denial: str = "",
) -> None:
    global _made
    name, session = _role_of(principal)
    made = Decision(time.time(), name, session, action, resource, not denial, statements, denial)
    with _lock:
        _ring.append(made)
        _made += 1


def _role_of(principal: str) -> tuple[str, str]:
    """A session's role, by its ARN, and the session's name."""
    if ":assumed-role/" not in principal:
        return principal, ""
    account = principal.split(":")[4]
    role, _, session = principal.partition(":assumed-role/")[2].partition("/")
    return f"arn:aws:iam::{account}:role/{role}", session


def since(number: int) -> tuple[int, list[Decision]]:
    """How many were made until now, and those after `number` that are still kept."""
    with _lock:
        first = _made - len(_ring)
        return _made, list(islice(_ring, max(0, number - first), None))


async def page(request: admin.Request) -> admin.Answer:
    text = request.query.get("since", "0")
    if not text.isdigit():
        return admin.as_json(400, {"error": f"since: a number was expected, not {text!r}"})
    made, decisions = since(int(text))
    return admin.as_json(200, {"next": made, "decisions": [d._asdict() for d in decisions]})


def install() -> None:
    admin.register("GET", "decisions", page)
