"""How a release's end is told, of a function and of an endpoint alike."""

from typing import Any

from functions.release.context import Release, State
from penstock import failure, shift


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
    """In words what brought the release here."""
    return failure.words(state["error"]) if state.get("error") else "settled without a plan"
