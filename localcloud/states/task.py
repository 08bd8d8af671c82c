"""One call of a task to a service, in the name of its state machine's role."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from localcloud import roles
from localcloud.states import names, parameters
from localcloud.states.resource import Integration


@dataclass(frozen=True)
class Execution:
    """What a task knows of where it runs; `cancelled` tells it to give up what it waits for."""

    record: dict[str, Any]
    role_arn: str
    cancelled: threading.Event = field(default_factory=threading.Event)

    def over(self) -> bool:
        return self.cancelled.is_set() or self.record.get("status") != "RUNNING"

    def client(self, service: str) -> Any:
        name = hashlib.sha256(self.record["executionArn"].encode()).hexdigest()[:32]
        return roles.client(service, self.role_arn, name)


current: ContextVar[Execution | None] = ContextVar("current", default=None)


def failure(error: str, cause: str) -> Exception:
    from ministack.services.stepfunctions import _ExecutionError

    made: Exception = _ExecutionError(error, cause)
    return made


def execution() -> Execution:
    found = current.get()
    if found is None:
        raise failure("States.Runtime", "the task runs outside of an execution")
    return found


def perform(found: Integration, value: Any) -> dict[str, Any]:
    """botocore's answer as it is; raises MiniStack's execution error with AWS's name for it."""
    try:
        words = parameters.to_botocore(found.shape, value or {})
    except ValueError as error:
        raise failure("States.Runtime", f"The Parameters could not be used: {error}") from error
    operation = xform_name(found.operation)
    with naming_errors(found.service, sdk=found.sdk):
        answer: dict[str, Any] = getattr(execution().client(found.service), operation)(**words)
    answer.pop("ResponseMetadata", None)
    return answer


@contextlib.contextmanager
def naming_errors(service: str, *, sdk: bool) -> Any:
    try:
        yield
    except ParamValidationError as error:
        raise failure("States.Runtime", f"The Parameters could not be used: {error}") from error
    except ClientError as error:
        facts = error.response
        status = facts.get("ResponseMetadata", {}).get("HTTPStatusCode")
        code, text = facts["Error"]["Code"], facts["Error"].get("Message", "")
        start = names.prefix(service, sdk=sdk)
        cause = f"{text} (Service: {start}, Status Code: {status}, Error Code: {code})"
        raise failure(names.error(service, code, sdk=sdk), cause) from error
    except BotoCoreError as error:
        name = f"{names.prefix(service, sdk=sdk)}.SdkClientException"
        raise failure(name, str(error)) from error


def invoke_lambda(function: str, value: Any, **words: Any) -> dict[str, Any]:
    """The invocation's facts with the decoded payload; a function's own error is the task's."""
    with naming_errors("lambda", sdk=False):
        answer = (
            execution()
            .client("lambda")
            .invoke(FunctionName=function, Payload=json.dumps(value).encode(), **words)
        )
        text = answer["Payload"].read().decode()
    payload = _json(text)
    if "FunctionError" in answer:
        known = payload.get("errorType") if isinstance(payload, dict) else None
        raise failure(known or "Lambda.Unknown", text)
    return {
        "ExecutedVersion": answer.get("ExecutedVersion", "$LATEST"),
        "Payload": payload,
        "StatusCode": answer["StatusCode"],
    }


def _json(text: str) -> Any:
    if not text:
        return None
    with contextlib.suppress(ValueError):
        return json.loads(text)
    return text
