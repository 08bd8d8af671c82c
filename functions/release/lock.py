"""One release of a use case at a time: a conditional write, held by an execution's ARN.

The written rule: whoever comes second waits. Of those who wait for a release of the same kind
(reason), the one that was started last goes its way; an earlier one that gets the lock ends as
superseded, whatever became of the later: who wants the earlier asks for it again. The holder is
never overtaken once it has planned.
"""

from contextlib import suppress
from typing import Any

from functions.release import table
from functions.release.context import Release, State
from functions.release.errors import Locked


def lock(state: State, release: Release) -> dict[str, Any]:
    """Take the lock, also from an execution that no longer runs; else raise Locked."""
    _ask(state, release)
    row_key = table.key("lock", release, "release")
    holder = release.execution
    held = table.get(release, row_key)
    if held and held["holder"] != holder and _is_running(release, held["holder"]):
        raise Locked(
            f"a release of {release.name} is running",
            where=str(held["holder"]),
            expected="one release at a time",
        )
    row = row_key | {"holder": holder, "since": table.iso(release.now())}
    # the row must still be what was looked at, or someone was faster
    if held:
        condition = {
            "ConditionExpression": "holder = :seen",
            "ExpressionAttributeValues": {":seen": {"S": held["holder"]}},
        }
    else:
        condition = {"ConditionExpression": "attribute_not_exists(pk)"}
    database = release.aws.dynamodb
    try:
        database.put_item(
            TableName=release.settings.table_name, Item=table.encode(row), **condition
        )
    except database.exceptions.ConditionalCheckFailedException:
        raise Locked(
            f"another release of {release.name} took the lock just now",
            where=f"{row_key['pk']}/{row_key['sk']}",
            expected="one release at a time",
        ) from None
    taken_over = held["holder"] if held and held["holder"] != holder else None
    return {"holder": holder, "since": row["since"], "taken_over_from": taken_over}


def unlock(state: State, release: Release) -> dict[str, Any]:
    """Let go, if it is ours: an execution that never got the lock takes it from no one."""
    database = release.aws.dynamodb
    try:
        database.delete_item(
            TableName=release.settings.table_name,
            Key=table.encode(table.key("lock", release, "release")),
            ConditionExpression="holder = :me",
            ExpressionAttributeValues={":me": {"S": release.execution}},
        )
    except database.exceptions.ConditionalCheckFailedException:
        return {"released": False}
    return {"released": True}


def superseded_by(state: State, release: Release) -> str | None:
    """The execution that was started later than this one, with the same reason."""
    row = table.get(release, _asked(state, release))
    if row and row["started"] > release.started:
        return str(row["holder"]).rsplit(":", 1)[-1]
    return None


def _ask(state: State, release: Release) -> None:
    """Say once, and again at each attempt, that this execution wants to; the latest stays."""
    database = release.aws.dynamodb
    row = _asked(state, release) | {"holder": release.execution, "started": release.started}
    with suppress(database.exceptions.ConditionalCheckFailedException):
        database.put_item(
            TableName=release.settings.table_name,
            Item=table.encode(row),
            ConditionExpression="attribute_not_exists(pk) OR started <= :mine",
            ExpressionAttributeValues={":mine": {"S": release.started}},
        )


def _asked(state: State, release: Release) -> table.Row:
    return table.key("lock", release, f"asked#{state['reason']}")


def _is_running(release: Release, execution: str) -> bool:
    states = release.aws.stepfunctions
    try:
        found = states.describe_execution(executionArn=execution)
    except states.exceptions.ExecutionDoesNotExist:
        return False
    return bool(found["status"] == "RUNNING")
