"""What an endpoint's release leaves: its rows, and no model too many."""

from typing import Any

from functions.release import history, table
from functions.release.context import State
from functions.release.endpoint import live, made
from functions.release.endpoint.context import EndpointRelease


def record(state: State, release: EndpointRelease) -> dict[str, Any]:
    """Write down, then delete what nobody goes back to."""
    written = history.write(state, release)
    found = live.read(release)
    # what is under way may need any of them; the next release looks again
    if written["result"] == "nothing_to_release" or (found and found.is_busy):
        return written | {"deleted_versions": []}
    rows = (table.row(release, which) for which in ("current", "previous"))
    keep = {row["version"] for row in rows if row} | ({found.config} if found else set())
    return written | {"deleted_versions": made.prune(release, keep)}
