"""The steps by the names that the state machine calls them by."""

from collections.abc import Callable, Mapping
from typing import Any

from functions.release.context import FunctionRelease, State
from functions.release.judge import judge
from functions.release.lock import lock, unlock
from functions.release.plan import plan
from functions.release.promote import promote, restore
from functions.release.publish import publish
from functions.release.record import record
from functions.release.replay import replay
from functions.release.settle import settle
from functions.release.smoke import smoke
from functions.release.start import start

Step = Callable[[State, FunctionRelease], dict[str, Any]]

STEPS: Mapping[str, Step] = {
    step.__name__: step
    for step in (
        lock, plan, publish, smoke, replay, promote, restore, start, judge, settle, record, unlock,
    )
}  # fmt: skip
