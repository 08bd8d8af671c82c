"""Athena reads the partitions that are known, writes where its workgroup says, and says what not.

MiniStack reads every file below a table's location, lets a caller overrule an enforcing workgroup,
and fails CREATE TABLE AS with an error of DuckDB. Upstream: `athena._table_relation`,
`athena._start_query_execution`.
"""

from __future__ import annotations

import re
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import athena, glue

_NOT_DONE = re.compile(
    r"\s*(CREATE\s+TABLE\b.*\bAS\s+(?:\(|SELECT|WITH)|UNLOAD\b|MSCK\b|ALTER\s+TABLE\b)",
    re.IGNORECASE | re.DOTALL,
)


def known_files(table: dict[str, Any], files: list[str]) -> list[str]:
    """Those in a registered partition; all where there are none to register."""
    keys = [key["Name"] for key in table.get("PartitionKeys") or []]
    projected = (table.get("Parameters") or {}).get("projection.enabled", "").lower() == "true"
    if not keys or projected:
        return files
    name = f"{table['DatabaseName']}/{table['Name']}"
    known = {tuple(map(str, each["Values"])) for each in glue._partitions.get(name) or []}
    return [path for path in files if _values(path, keys) in known]


def _values(path: str, keys: list[str]) -> tuple[str, ...]:
    folders = dict(part.split("=", 1) for part in path.split("/")[:-1] if "=" in part)
    return tuple(folders.get(key, "") for key in keys)


def _with_location(request: dict[str, Any]) -> dict[str, Any]:
    """The caller's place for results, or the workgroup's where it enforces its own."""
    group = athena._workgroups.get(request.get("WorkGroup", "primary")) or {}
    settings = group.get("Configuration") or {}
    own = (settings.get("ResultConfiguration") or {}).get("OutputLocation")
    asked = (request.get("ResultConfiguration") or {}).get("OutputLocation")
    enforced = own and settings.get("EnforceWorkGroupConfiguration", True)
    location = own if enforced else asked or own
    if not location:
        return request
    place = {"OutputLocation": location if location.endswith("/") else f"{location}/"}
    return {**request, "ResultConfiguration": place}


def install() -> None:
    relation, start = athena._table_relation, athena._start_query_execution

    def of_known(table: dict[str, Any], files: list[str]) -> Any:
        found = known_files(table, files)
        return relation(table, found) if found else athena._empty_relation(table)

    def started(request: dict[str, Any]) -> Any:
        if match := _NOT_DONE.match(request.get("QueryString", "")):
            kind = " ".join(match[1].split()[:2]).upper()
            text = f"The local cloud does not do {kind} in Athena's statements"
            return error_response_json("InvalidRequestException", text, 400)
        return start(_with_location(request))

    athena._table_relation = of_known
    athena._start_query_execution = started
