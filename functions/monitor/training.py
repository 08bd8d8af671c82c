"""The newest training: why it began, and what became of it, for the report and its page."""

from collections.abc import Mapping
from typing import Any

from functions.shared import s3, table
from penstock import layout, loop, package

Row = Mapping[str, Any]
Read = dict[str, Any] | None


def newest(table_name: str, artifacts: str, usecase: str) -> tuple[Read, Read]:
    """Its row, and what evaluate wrote of it; None where there is none."""
    kinds = (table.RETRAINED, table.TRAINED)
    rows = [table.last_training(table_name, usecase, kind) for kind in kinds]
    known = [row for row in rows if row and "job" in row]
    if not known:
        return None, None
    row = max(known, key=lambda each: str(each["started_at"]))
    # a job's name is its training's, and the number of its attempt
    keys = s3.keys(artifacts, f"{layout.EVALUATIONS}/{usecase}/{row['job']}-")
    judged = [key for key in keys if key.endswith("/gates.json")]
    return row, s3.read_json(artifacts, judged[-1]) if judged else None


def told(row: Row | None, verdict: Row | None, champion: Row) -> dict[str, str] | None:
    """`row`: its row in the table; `verdict`: what evaluate wrote of it, None before it did."""
    if row is None:
        return None
    return {
        "at": row["started_at"],
        "trigger": row["trigger"],
        "reason": row.get("reason", ""),
        "outcome": _outcome(row, verdict, champion),
    }


def _outcome(row: Row, verdict: Row | None, champion: Row) -> str:
    if loop.is_of(row.get("job"), champion):
        return "released: its model answers"
    if verdict is None:
        return "no model was judged"
    if verdict["approval"] == package.PENDING:
        return f"waits for a person's approval: {verdict['note']}"
    return f"passed: {verdict['note']}" if verdict["passed"] else f"rejected: {verdict['note']}"
