"""Activities: work that is fetched by GetActivityTask."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import dataclass
from typing import Any

from ministack.services import stepfunctions as sfn

from localcloud.states.engine.scope import Cancellation
from localcloud.states.engine.tokens import Token
from localcloud.states.engine.wire import Response, answer, refusal

_POLL_SECONDS = 60  # real: a worker's connection is held open so long
_LOOK_SECONDS = 0.05


@dataclass
class Waiting:
    token: Token
    input: Any
    taken: Cancellation
    worker: str = ""


_queues: dict[str, deque[Waiting]] = {}


def known(arn: str) -> bool:
    return arn in sfn._activities


def offer(arn: str, work: Waiting) -> None:
    _queues.setdefault(arn, deque()).append(work)


async def get_task(request: dict[str, Any]) -> Response:
    arn = request.get("activityArn", "")
    if not known(arn):
        text = f"Activity Does Not Exist: '{arn}'"
        return refusal("ActivityDoesNotExist", text)
    queue = _queues.setdefault(arn, deque())
    for _ in range(int(_POLL_SECONDS / _LOOK_SECONDS)):
        while queue:
            work = queue.popleft()
            if work.token.done.is_set():  # given up while nobody took it
                continue
            work.worker = request.get("workerName", "")
            work.taken.set()
            return answer({"taskToken": work.token.id, "input": json.dumps(work.input)})
        await asyncio.sleep(_LOOK_SECONDS)
    return answer({})
