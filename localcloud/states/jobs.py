"""The `.sync` integrations: the task ends with what it has started, and that ends with the task."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from localcloud.states import parameters, task
from localcloud.states.resource import Integration

log = logging.getLogger(__name__)

_POLL_SECONDS, _SLOWEST_POLL = 0.1, 0.5
_TAG = {"Key": "MANAGED_BY_AWS", "Value": "STARTED_BY_STEP_FUNCTIONS"}


@dataclass(frozen=True)
class Kind:
    """What is started: its operations, the members of their answers, and how it can end."""

    start: str
    describe: str
    stop: str
    name: str
    status: str
    good: str
    bad: tuple[str, ...]
    tagged: bool

    def words(self, started: dict[str, Any]) -> dict[str, str]:
        """How the other operations name it: the answer to the first one has only the ARN."""
        if self.name.endswith("Arn"):
            return {self.name: started[self.name]}
        return {self.name: started[self.name.replace("Name", "Arn")].rpartition("/")[2]}


def _job(kind: str) -> Kind:
    return Kind(
        f"Create{kind}Job",
        f"Describe{kind}Job",
        f"Stop{kind}Job",
        f"{kind}JobName",
        f"{kind}JobStatus",
        good="Completed",
        bad=("Failed", "Stopped"),
        # Step Functions tags what it waits for, which is why its role needs sagemaker:AddTags.
        tagged=True,
    )


_EXECUTION = Kind(
    "StartExecution",
    "DescribeExecution",
    "StopExecution",
    "executionArn",
    "status",
    good="SUCCEEDED",
    bad=("FAILED", "TIMED_OUT", "ABORTED"),
    tagged=False,
)
_JOBS = tuple(
    _job(kind) for kind in ("HyperParameterTuning", "Processing", "Training", "Transform")
)
KINDS = {kind.start: kind for kind in (_EXECUTION, *_JOBS)}


def waits(found: Integration) -> bool:
    return found.sync and found.operation in KINDS


def start_execution(found: Integration, value: dict[str, Any]) -> Any:
    """Request and response."""
    answer = task.perform(found, _with_text_input(value))
    return {"ExecutionArn": answer["executionArn"], "StartDate": answer["startDate"].timestamp()}


def run(found: Integration, value: dict[str, Any]) -> Any:
    """The description of what has ended well; another end fails the task, as on AWS."""
    kind = KINDS[found.operation]
    if kind.tagged:
        value = {**value, "Tags": [*value.get("Tags", []), _TAG]}
    started = task.perform(found, _with_text_input(value) if kind is _EXECUTION else value)
    words = kind.words(started)
    here, pause = task.execution(), _POLL_SECONDS
    client = here.client(found.service)
    while not (here.cancelled.wait(pause) or here.over()):
        pause = min(pause * 1.2, _SLOWEST_POLL)
        with task.naming_errors(found.service, sdk=False):
            facts = getattr(client, xform_name(kind.describe))(**words)
        facts.pop("ResponseMetadata", None)
        if facts[kind.status] == kind.good:
            return _told(found, kind, facts)
        if facts[kind.status] in kind.bad:
            raise task.failure("States.TaskFailed", json.dumps(_told(found, kind, facts)))
    _stop(client, kind, words)
    raise task.failure("States.TaskFailed", f"the wait for {words[kind.name]} was given up")


def _stop(client: Any, kind: Kind, words: dict[str, str]) -> None:
    """What the role may not stop, or has ended meanwhile, is left as it is, as on AWS."""
    try:
        getattr(client, xform_name(kind.stop))(**words)
    except (ClientError, BotoCoreError) as error:
        log.warning("%s is not stopped with its task: %s", words[kind.name], error)


def _told(found: Integration, kind: Kind, facts: dict[str, Any]) -> Any:
    plain = _plain(facts)
    if kind is not _EXECUTION:
        return plain
    described = task.execution().client(found.service).meta.service_model
    told = parameters.from_botocore(described.operation_model(kind.describe).output_shape, plain)
    if found.pattern == "sync:2":
        told |= {key: json.loads(told[key]) for key in ("Input", "Output") if key in told}
    return told


def _with_text_input(value: dict[str, Any]) -> dict[str, Any]:
    """AWS takes an object, or nothing, in the place of JSON text."""
    given = value.get("Input", {})
    return {**value, "Input": given if isinstance(given, str) else json.dumps(given)}


def _plain(value: Any) -> Any:
    """The optimised integrations give times in milliseconds, unlike the SDK form."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return int(value.timestamp() * 1000) if isinstance(value, datetime) else value
