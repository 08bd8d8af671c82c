"""What a function's release leaves: its rows, and no version too many."""

from typing import Any

from functions.release import history, live, table
from functions.release.context import FunctionRelease, State


def record(state: State, release: FunctionRelease) -> dict[str, Any]:
    """Write down, then delete what nobody goes back to."""
    written = history.write(state, release)
    idle = written["result"] == "nothing_to_release"
    return written | {"deleted_versions": [] if idle else _prune(release, written["tried"])}


def _prune(release: FunctionRelease, tried: str | None) -> list[str]:
    """Delete versions that are neither champion nor predecessor nor live: each may bill, and the
    account's code storage is finite. The one just tried is left to the next release: requests that
    the alias sent its way a moment ago are still being answered."""
    alias = live.read(release)
    keep = {"$LATEST", alias.version, tried, *alias.routing}
    for which in ("current", "previous"):
        row = table.row(release, which)
        keep |= {row["version"]} if row else set()
    client, name = release.aws.awslambda, release.settings.predict_function
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=name)
    found = [v["Version"] for page in pages for v in page["Versions"]]
    gone = [v for v in found if v not in keep]
    for version in gone:
        client.delete_function(FunctionName=name, Qualifier=version)
    return gone
