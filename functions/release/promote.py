"""All traffic at once: the first release and `all_at_once`, unjudged, and the way back."""

from typing import Any

from functions.release import live
from functions.release.context import FunctionRelease, State


def promote(state: State, release: FunctionRelease) -> dict[str, Any]:
    """Point `live` at the new version, whose golden answers are right."""
    return _point(state, release, state["publish"]["version"])


def restore(state: State, release: FunctionRelease) -> dict[str, Any]:
    """Point `live` at the predecessor: it has served before, so nothing is tried on it."""
    return _point(state, release, state["plan"]["version"])


def _point(state: State, release: FunctionRelease, version: str) -> dict[str, Any]:
    """Unless someone moved it since it was planned."""
    seen = live.read(release)
    if seen.version not in (version, state["plan"]["alias_version"]):
        return {"alias_version": seen.version}  # settle finds it and says so
    return {"alias_version": live.point(release, version, seen).version}
