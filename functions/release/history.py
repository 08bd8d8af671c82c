"""Writes down what became of a release, of a function or an endpoint: pointer and history."""

from typing import Any

from functions.release import table
from functions.release.context import Release, State
from functions.release.outcome import cause

Row = dict[str, Any]


def write(state: State, release: Release) -> dict[str, Any]:
    """Pointer first: what follows can be done again, a promotion that no one wrote down is lost.

    {"result", "why", "version": what was to go live, "tried": what leaves and may still answer}.
    """
    plan = state.get("plan") or {}
    version = plan.get("version") or state.get("publish", {}).get("version")
    settled = state.get("settle") or {"result": "failed", "why": cause(state), "percent_steps": []}
    if plan.get("action") == "nothing_to_release":
        settled = {"result": "nothing_to_release", "why": plan["why"], "percent_steps": []}
    now, result = table.iso(release.now()), settled["result"]
    taken_back, tried = None, version
    if result == "promoted":
        _point_champion(release, {
            "version": version,
            "fingerprint": plan["fingerprint"],
            "promoted_at": now,
            **plan["model"],
        })  # fmt: skip
    elif result == "rolled_back":
        taken_back = plan["fingerprint"]
    elif result == "restored":
        tried, taken_back = plan["champion"]["version"], plan["champion"]["fingerprint"]
        _restore_champion(release, version, now)
    if taken_back:
        row = {"fingerprint": taken_back, "why": settled["why"], "at": now}
        _put(release, table.key("champion", release, "rejected") | row)
    _put(release, _history(state, release, settled, version, now))
    return {"result": result, "why": settled["why"], "version": version, "tried": tried}


def _history(state: State, release: Release, settled: Row, version: str | None, now: str) -> Row:
    """Who, what, why and what came of it; what is None is left out."""
    name = release.execution.rsplit(":", 1)[-1]
    since = state.get("lock", {}).get("since", now)  # the same on a retry, so one row
    return table.key("history", release, f"{since}#{name}") | {
        "version": version,
        "model_package_arn": ((state.get("plan") or {}).get("model") or {}).get(
            "model_package_arn"
        ),
        "reason": state.get("reason"),
        "by": state.get("by"),
        "note": state.get("note"),
        "strategy": release.strategy,
        "percent_steps": settled["percent_steps"],
        "result": settled["result"],
        "why": settled["why"],
        "replay": state.get("replay"),
        "verdict": state.get("judge"),
    }


def _put(release: Release, row: Row) -> None:
    release.aws.dynamodb.put_item(TableName=release.settings.table_name, Item=table.encode(row))


def _point_champion(release: Release, row: Row) -> None:
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


def _restore_champion(release: Release, version: str, now: str) -> None:
    """previous becomes current and leaves its place empty: what was taken back is no predecessor,
    or a second roll-back would bring it again. A repeated call changes nothing."""
    row = table.row(release, "previous")
    if row is None or row["version"] != version:
        return
    name = release.settings.table_name
    current = table.key("champion", release, "current") | row | {"promoted_at": now}
    release.aws.dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": name, "Item": table.encode(current)}},
            {
                "Delete": {
                    "TableName": name,
                    "Key": table.encode(table.key("champion", release, "previous")),
                }
            },
        ]
    )
