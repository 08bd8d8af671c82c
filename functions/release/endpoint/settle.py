"""Reads back what is live and compares it with what was asked for; a silent roll-back is none."""

from typing import Any

from functions.release.context import State
from functions.release.endpoint import live, smoke
from functions.release.endpoint.context import EndpointRelease
from functions.release.endpoint.live import Live
from functions.release.outcome import cause, reached, result, steps
from functions.shared import endpoint_scaling
from penstock.events import VARIANT


def settle(state: State, release: EndpointRelease) -> dict[str, Any]:
    """What became of the release. Whatever is not the new model in service is made the old one.

    StillMoving until the endpoint is at rest as it shall be and the trial endpoint is gone.
    """
    plan = state.get("plan")
    if not plan or plan["action"] == "nothing_to_release":
        return result("failed", cause(state), None, [])
    found = live.settle(release, forsaken="error" in state)
    smoke.end(release)
    if plan["action"] == "rollback":
        return _restored(state, release, found)
    new = state.get("publish", {}).get("version")
    if "error" not in state and _serves(found, new):
        if "deployment" not in state:
            _scale(release)
            return result("promoted", "golden requests passed", new, [100])
        if state["judge"]["verdict"] == "good":
            _scale(release)
            return result("promoted", state["judge"]["why"], new, [*steps(release)])
    return _came_back(state, release, found)


def _came_back(state: State, release: EndpointRelease, found: Live | None) -> dict[str, Any]:
    """Not promoted: the old model answers, or is made to; what that says of the new one. Without an
    old one nothing answered before, and nothing that failed stays."""
    old = state["plan"]["alias_version"]
    if old is None:
        live.remove(release, release.settings.endpoint_name)
        return result("failed", cause(state), None, [])
    if not _serves(found, old):
        found = live.point(release, old)
    _scale(release)
    if "deployment" not in state:
        why = cause(state) if "error" in state else "the endpoint did not keep the new model"
        return result("failed", why, old, [])
    shares = [*reached(state, release), 0]
    if "error" in state:
        return result("failed", cause(state), old, shares)
    judged = state.get("judge", {"verdict": "waiting", "why": "never judged"})
    said = (found.failure if found else "") or "SageMaker took it back and does not say why"
    if "since_ms" not in judged:  # no request ever came to it, which says nothing of its answers
        return result("failed", f"the new instances did not come up: {said}", old, [0])
    unjudged = f"the bake ended unjudged: {judged['why']}"
    why = {"good": said, "bad": judged["why"], "waiting": unjudged}[judged["verdict"]]
    return result("rolled_back", why, old, shares)


def _restored(state: State, release: EndpointRelease, found: Live | None) -> dict[str, Any]:
    """The way back is one update: it is whole, or what was live still is."""
    plan = state["plan"]
    _scale(release)
    if _serves(found, plan["version"]):
        return result("restored", plan["why"], plan["version"], [100])
    why = cause(state) if "error" in state else "the endpoint did not keep the predecessor"
    return result("failed", why, found.config if found else None, [])


def _serves(found: Live | None, config: str | None) -> bool:
    return found is not None and (found.config, found.status) == (config, "InService")


def _scale(release: EndpointRelease) -> None:
    """Each update ended it; a serverless endpoint scales by itself."""
    if not release.serverless:
        name = release.settings.endpoint_name
        endpoint_scaling.apply(release.aws.scaling, name, VARIANT, release.serving)
