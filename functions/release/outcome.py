"""How a release's end is told, of a function and of an endpoint alike."""

import json
from typing import Any

from functions.release.context import Release, State
from penstock import shift


def result(what: str, why: str, version: str | None, steps: list[int]) -> dict[str, Any]:
    """settle's output; `version` is live now, `steps` the new one's shares of the traffic."""
    return {"result": what, "why": why, "live_version": version, "percent_steps": steps}


def steps(release: Release) -> tuple[int, ...]:
    percent = release.usecase["serving"]["canary"]["percent"]
    return shift.steps(release.strategy, percent)


def reached(state: State, release: Release) -> tuple[int, ...]:
    """The shares that the new version had had when the judge last looked."""
    rounds, seconds = state.get("judge", {}).get("checks_done", 0), state["start"]["wait_seconds"]
    minutes = release.usecase["serving"]["canary"]["minutes"]
    return steps(release)[:-1][: 1 + int(rounds * seconds / (minutes * 60))]


def cause(state: State) -> str:
    """The message inside Step Functions' {"Error", "Cause"}; a Lambda's cause is JSON."""
    error = state.get("error")
    if not error:
        return "settled without a plan"
    try:
        said = json.loads(error.get("Cause", ""))["errorMessage"]
    except (ValueError, KeyError, TypeError):
        said = error.get("Cause", "")
    return f"{error.get('Error', 'error')}: {said}"[:1000]
