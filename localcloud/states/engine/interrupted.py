"""Executions that ran when the server ended: they fail, and can be redriven from there."""

from __future__ import annotations

from ministack.core.responses import now_iso, set_request_account_id, set_request_region
from ministack.services import stepfunctions as sfn

from localcloud.states.engine import announce, ending
from localcloud.states.engine.scope import Run

CAUSE = "The local cloud ended while the execution was running."


def resume() -> None:
    """AWS's own executions outlive its servers; States.Runtime is its error for what it cannot
    go on with."""
    for (account, region, _), record in list(sfn._executions._data.items()):
        if record.get("status") != "RUNNING":
            continue
        set_request_account_id(account)
        set_request_region(region)
        run = Run(record)
        if ending.end(run, "FAILED", error="States.Runtime", cause=CAUSE):
            announce.status(run)
    for record in list(sfn._map_runs._data.values()):
        if record.get("status") == "RUNNING":
            record.update(status="FAILED", stopDate=now_iso())
