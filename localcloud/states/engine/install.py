"""Puts the engine in the place of MiniStack's, with the operations that it lacks."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from ministack import app
from ministack.services import stepfunctions as sfn

from localcloud.json_service import Handler
from localcloud.states.engine import activities, descriptions, executions, machines, tokens
from localcloud.states.engine.wire import Response


def install() -> None:
    sfn._start_execution = executions.start
    sfn._start_sync_execution = executions.start_sync
    sfn._stop_execution = executions.stop
    sfn._describe_execution = descriptions.described(sfn._describe_execution)
    sfn._list_executions = descriptions.listed(sfn._list_executions)
    sfn._get_execution_history = descriptions.not_for_express(sfn._get_execution_history)
    sfn._describe_state_machine_for_execution = descriptions.definition_as_run(
        sfn._describe_state_machine_for_execution
    )
    sfn._send_task_success = tokens.succeed
    sfn._send_task_failure = tokens.fail
    sfn._send_task_heartbeat = tokens.heartbeat
    sfn._get_activity_task = activities.get_task
    sfn._create_state_machine = machines.created(sfn._create_state_machine)
    sfn._update_state_machine = machines.updated(sfn._update_state_machine)
    sfn._validate_state_machine_definition = machines.validate
    sfn._test_state = machines.refuse_test_state
    app.SERVICE_HANDLERS["states"] = _also_redriving(app.SERVICE_HANDLERS["states"])


def _also_redriving(handle: Handler) -> Handler:
    """MiniStack's table of operations is inside its handler. Upstream: RedriveExecution there."""

    async def handled(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> Response:
        if headers.get("x-amz-target", "").endswith(".RedriveExecution"):
            request = json.loads(body or b"{}")
            return sfn._finalize_response(  # type: ignore[no-any-return]
                await asyncio.to_thread(executions.redrive, request)
            )
        return await handle(method, path, headers, body, query)

    return handled
