"""The first release: no champion to compare with, so all traffic at once, after its smoke test."""

from typing import Any

from functions.release import live
from functions.release.context import Release, State


def promote(state: State, release: Release) -> dict[str, Any]:
    """Point `live` at the new version, unless someone moved it since it was planned."""
    version, seen = state["publish"]["version"], live.read(release)
    if seen.version not in (version, state["plan"]["alias_version"]):
        return {"alias_version": seen.version}  # settle finds it and says so
    return {"alias_version": live.point(release, version, seen).version}
