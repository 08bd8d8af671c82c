"""All requests at once: the first release, strategy all_at_once, and the way back."""

from typing import Any

from functions.release.context import State
from functions.release.endpoint import live
from functions.release.endpoint.context import EndpointRelease


def promote(state: State, release: EndpointRelease) -> dict[str, Any]:
    """After its golden requests; a first release has no champion to compare with."""
    return {"alias_version": live.point(release, state["publish"]["version"]).config}


def restore(state: State, release: EndpointRelease) -> dict[str, Any]:
    """The predecessor answers again; its model and configuration were kept for this."""
    return {"version": live.point(release, state["plan"]["version"]).config}
