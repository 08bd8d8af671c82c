"""One statement of Athena: started, waited for, answered from where the workgroup puts it."""

import time
from typing import Any

import polars as pl

from functions.shared import s3
from penstock import layout
from penstock.errors import PenstockError

PATIENCE = 480.0  # seconds; the function's own time is ten minutes
_GOING = ("QUEUED", "RUNNING")


def answer(client: Any, workgroup: str, statement: str) -> pl.DataFrame:
    """The rows as text, null where nothing is; PenstockError with Athena's own reason."""
    started = client.start_query_execution(QueryString=statement, WorkGroup=workgroup)
    identifier = started["QueryExecutionId"]
    found = _wait(client, identifier)
    if found["Status"]["State"] != "SUCCEEDED":
        raise PenstockError(
            f"Athena: {found['Status'].get('StateChangeReason', found['Status']['State'])}"[:500],
            where=f"query {identifier} of workgroup {workgroup}",
            expected="an answer",
        )
    place = layout.split_uri(found["ResultConfiguration"]["OutputLocation"])
    return pl.read_csv(s3.read(*place), infer_schema=False)


def _wait(client: Any, identifier: str) -> dict[str, Any]:
    deadline, pause = time.monotonic() + PATIENCE, 0.2
    while True:
        found = client.get_query_execution(QueryExecutionId=identifier)["QueryExecution"]
        if found["Status"]["State"] not in _GOING:
            return found  # type: ignore[no-any-return]
        if time.monotonic() > deadline:
            raise PenstockError(
                f"no answer within {PATIENCE:.0f} s", where=f"query {identifier}", expected="one"
            )
        time.sleep(pause)
        pause = min(pause * 1.5, 5.0)
