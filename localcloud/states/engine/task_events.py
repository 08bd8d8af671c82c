"""A task's events: AWS names and shapes them by what kind of resource it has."""

from __future__ import annotations

import json
from typing import Any

from localcloud.config import REGION
from localcloud.states.engine import history
from localcloud.states.engine.scope import Scope

_TIMEOUTS = ("States.Timeout", "States.HeartbeatTimeout")


class Events:
    def __init__(self, scope: Scope, resource: str) -> None:
        self._scope, self._resource = scope, resource
        self.kind, self._common = "Task", {}
        if ":states:::" in resource:
            kind, _, name = resource.partition(":states:::")[2].rpartition(":")
            self._common = {"resourceType": kind, "resource": name}
        else:
            self.kind = "Activity" if ":activity:" in resource else "LambdaFunction"

    def _add(self, what: str, **details: Any) -> None:
        history.add(self._scope, f"{self.kind}{what}", {**self._common, **details})

    def scheduled(self, argument: Any, timeout: float | None, heartbeat: float | None) -> None:
        limits: dict[str, Any] = {}
        if timeout:
            limits["timeoutInSeconds"] = int(timeout)
        if heartbeat and self.kind != "LambdaFunction":
            limits["heartbeatInSeconds"] = int(heartbeat)
        text = json.dumps(argument)
        if self.kind == "Task":
            self._add("Scheduled", region=REGION, parameters=text, **limits)
        else:
            told = {"resource": self._resource, "input": text}
            self._add("Scheduled", **told, inputDetails={"truncated": False}, **limits)

    def started(self, worker: str = "") -> None:
        if self.kind == "Activity":
            self._add("Started", workerName=worker)
        elif self.kind == "Task":
            self._add("Started")
        else:
            history.add(self._scope, "LambdaFunctionStarted")

    def submitted(self, output: str) -> None:
        if self.kind == "Task":
            self._add("Submitted", output=output, outputDetails={"truncated": False})

    def succeeded(self, output: str) -> None:
        self._add("Succeeded", output=output, outputDetails={"truncated": False})

    def failed(self, error: str, cause: str) -> None:
        what = "TimedOut" if error in _TIMEOUTS else "Failed"
        self._add(what, error=error, cause=cause)
