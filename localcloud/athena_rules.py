"""Athena reads the partitions that are known, writes where its workgroup says, and says what not.

MiniStack reads every file below a table's location, knows no partition but `key=value` folders,
lacks a column that no file has, lets a caller overrule an enforcing workgroup, does not know whose
an execution is when it is asked for (IAM goes by its workgroup), puts answers below the key that it
tells, and fails CREATE TABLE AS with an error of DuckDB. Upstream: `athena._table_relation`,
`athena._start_query_execution`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import athena, glue

from localcloud import iam
from localcloud.config import ACCOUNT, REGION

_NOT_DONE = re.compile(
    r"\s*(CREATE\s+TABLE\b.*\bAS\s+(?:\(|SELECT|WITH)|UNLOAD\b|MSCK\b|ALTER\s+TABLE\b)",
    re.IGNORECASE | re.DOTALL,
)

_COPY = "ministack-athena-"  # how the folder of a query's files begins
_BARE = re.compile(r"\$\{(\w+)\}")


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


def by_template(table: dict[str, Any]) -> tuple[list[str], str] | None:
    """Partition keys of a projected table whose template has them bare, and where a path has them.

    None where folders say `key=value`. A date holds as many folders as its format does.
    """
    parameters, location = table.get("Parameters") or {}, _location(table)
    template = parameters.get("storage.location.template", "")
    if parameters.get("projection.enabled", "").lower() != "true" or "=" in template:
        return None
    names = _BARE.findall(template)
    if not names or not template.startswith(location):
        return None
    pattern = re.escape(template.removeprefix(location).strip("/"))
    for name in names:
        folders = parameters.get(f"projection.{name}.format", "").count("/")
        value = "([^/]+" + "/[^/]+" * folders + ")"
        pattern = pattern.replace(re.escape(f"${{{name}}}"), value)
    return names, f"/{_COPY}[^/]+/{pattern}/[^/]+$"


def _location(table: dict[str, Any]) -> str:
    return str((table.get("StorageDescriptor") or {}).get("Location", ""))


def _projected(table: dict[str, Any], reader: str) -> str:
    """The reader's rows with the partition keys that its paths tell, and every column there is."""
    found = by_template(table)
    if found is not None and reader.startswith("read_parquet("):
        names, pattern = found
        keys = ", ".join(
            f"regexp_extract(filename, '{pattern}', {i}) AS \"{name}\""
            for i, name in enumerate(names, 1)
        )
        reader = f"(SELECT * EXCLUDE (filename), {keys} FROM {reader[:-1]}, filename = true))"
    if not reader.startswith(("read_parquet(", "(SELECT * EXCLUDE")):
        return reader
    return (
        f"(SELECT * FROM {athena._empty_relation(table)} UNION ALL BY NAME SELECT * FROM {reader})"
    )


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


def resource(request: Mapping[str, Any], operation: str) -> str:
    """The workgroup that a policy must name; an execution is its workgroup's."""
    named = request.get("WorkGroup")
    if identifier := request.get("QueryExecutionId"):
        named = athena._executions[identifier]["WorkGroup"]
    elif operation == "CreateWorkGroup":
        named = request["Name"]
    elif operation == "StartQueryExecution":
        named = named or "primary"
    return f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup/{named}" if named else "*"


async def _saved(save: Callable[[str], Awaitable[None]], identifier: str) -> None:
    """The answer where the execution says that it is, which names the object, not its folder."""
    place = athena._executions[identifier]["ResultConfiguration"]
    whole = place["OutputLocation"]
    place["OutputLocation"] = whole.rpartition("/")[0] + "/"
    try:
        await save(identifier)
    finally:
        place["OutputLocation"] = whole


def install() -> None:
    iam.register("athena", resource)
    relation, start = athena._table_relation, athena._start_query_execution
    athena._save_query_results = functools.partial(_saved, athena._save_query_results)

    def of_known(table: dict[str, Any], files: list[str]) -> Any:
        found = known_files(table, files)
        if place := by_template(table):
            found = [path for path in found if re.search(place[1], path)]
        if not found:
            return athena._empty_relation(table)
        return _projected(table, relation(table, found))

    def started(request: dict[str, Any]) -> Any:
        if match := _NOT_DONE.match(request.get("QueryString", "")):
            kind = " ".join(match[1].split()[:2]).upper()
            text = f"The local cloud does not do {kind} in Athena's statements"
            return error_response_json("InvalidRequestException", text, 400)
        return start(_with_location(request))

    athena._table_relation = of_known
    athena._start_query_execution = started
