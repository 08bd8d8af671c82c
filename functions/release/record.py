"""Writes down what became of the release: champion pointer, history, no version too many."""

from typing import Any

from functions.release import live, table
from functions.release.context import Release, State
from functions.release.settle import cause


def record(state: State, release: Release) -> dict[str, Any]:
    """Pointer first: what follows can be done again, a promotion that no one wrote down is lost."""
    plan = state.get("plan") or {}
    version = state.get("publish", {}).get("version")
    settled = state.get("settle") or {"result": "failed", "why": cause(state), "percent_steps": []}
    if plan.get("action") == "nothing_to_release":
        settled = {"result": "nothing_to_release", "why": plan["why"], "percent_steps": []}
    now = table.iso(release.now())
    if settled["result"] == "promoted":
        _point_champion(release, {
            "version": version,
            "fingerprint": plan["fingerprint"],
            "promoted_at": now,
            **plan["model"],
        })  # fmt: skip
    name = release.execution.rsplit(":", 1)[-1]
    since = state.get("lock", {}).get("since", now)  # the same on a retry, so one row
    row = table.key("history", release, f"{since}#{name}") | {
        "version": version,
        "model_package_arn": (plan.get("model") or {}).get("model_package_arn"),
        "reason": state.get("reason"),
        "percent_steps": settled["percent_steps"],
        "result": settled["result"],
        "why": settled["why"],
        "verdict": state.get("judge"),
    }
    release.aws.dynamodb.put_item(TableName=release.settings.table_name, Item=table.encode(row))
    return {
        "result": settled["result"],
        "why": settled["why"],
        "version": version,
        "deleted_versions": _prune(release, version)
        if settled["result"] != "nothing_to_release"
        else [],
    }


def _point_champion(release: Release, row: dict[str, Any]) -> None:
    """current becomes previous and `row` current, both or neither; a repeated call changes none."""
    old = table.champion(release)
    if old and (old["version"], old["fingerprint"]) == (row["version"], row["fingerprint"]):
        return
    rows = [table.key("champion", release, "current") | row]
    if old:
        rows.append(table.key("champion", release, "previous") | old)
    name = release.settings.table_name
    release.aws.dynamodb.transact_write_items(
        TransactItems=[{"Put": {"TableName": name, "Item": table.encode(r)}} for r in rows]
    )


def _prune(release: Release, tried: str | None) -> list[str]:
    """Delete versions that are neither champion nor predecessor nor live: each may bill, and the
    account's code storage is finite. The one just tried is left to the next release: requests that
    the alias sent its way a moment ago are still being answered."""
    alias = live.read(release)
    keep = {"$LATEST", alias.version, tried, *alias.routing}
    for which in ("current", "previous"):
        row = table.get(release, table.key("champion", release, which))
        keep |= {row["version"]} if row else set()
    client, name = release.aws.awslambda, release.settings.predict_function
    pages = client.get_paginator("list_versions_by_function").paginate(FunctionName=name)
    found = [v["Version"] for page in pages for v in page["Versions"]]
    gone = [v for v in found if v not in keep]
    for version in gone:
        client.delete_function(FunctionName=name, Qualifier=version)
    return gone
