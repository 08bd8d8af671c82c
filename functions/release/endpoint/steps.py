"""The steps by the names that the state machine calls them by."""

from collections.abc import Callable, Mapping
from typing import Any

from functions.release.context import State
from functions.release.endpoint.context import EndpointRelease
from functions.release.endpoint.judge import judge
from functions.release.endpoint.mirror import compare, mirror, unmirror
from functions.release.endpoint.plan import plan
from functions.release.endpoint.promote import promote, restore
from functions.release.endpoint.publish import publish
from functions.release.endpoint.record import record
from functions.release.endpoint.settle import settle
from functions.release.endpoint.smoke import smoke
from functions.release.endpoint.start import start
from functions.release.lock import lock, unlock

Step = Callable[[State, EndpointRelease], dict[str, Any]]

STEPS: Mapping[str, Step] = {
    step.__name__: step
    for step in (
        lock, plan, publish, smoke, promote, restore, mirror, compare, unmirror, start, judge,
        settle, record, unlock,
    )
}  # fmt: skip
