"""Machines and their executions for the tests of Step Functions."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

from conftest import eventually

Client = Callable[[str], Any]


class States:
    """Makes machines out of states and runs them to their end."""

    def __init__(self, client: Client, role: str) -> None:
        self.client, self.role = client, role
        self.api = client("stepfunctions")

    def machine(self, states: dict[str, Any], start: str = "", **more: Any) -> str:
        """`more`: the definition's own fields, or (lower case first) CreateStateMachine's."""
        top = {key: part for key, part in more.items() if key[0].isupper()}
        words = {key: part for key, part in more.items() if key[0].islower()}
        definition = {"StartAt": start or next(iter(states)), "States": states, **top}
        made = self.api.create_state_machine(
            **{
                "name": f"m-{uuid.uuid4().hex[:8]}",
                "definition": json.dumps(definition),
                "roleArn": self.role,
                **words,
            }
        )
        return str(made["stateMachineArn"])

    def start(self, machine: str, value: Any = None) -> str:
        text = json.dumps({} if value is None else value)
        return str(self.api.start_execution(stateMachineArn=machine, input=text)["executionArn"])

    def ended(self, execution: str, seconds: float = 20.0) -> Any:
        def check() -> Any:
            facts = self.api.describe_execution(executionArn=execution)
            return facts if facts["status"] != "RUNNING" else None

        return eventually(check, seconds)

    def run(self, states: dict[str, Any], value: Any = None, **more: Any) -> Any:
        return self.ended(self.start(self.machine(states, **more), value))

    def output(self, states: dict[str, Any], value: Any = None, **more: Any) -> Any:
        facts = self.run(states, value, **more)
        assert facts["status"] == "SUCCEEDED", (facts.get("error"), facts.get("cause"))
        return json.loads(facts["output"])

    def events(self, execution: str) -> list[dict[str, Any]]:
        pages = self.api.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [event for page in pages for event in page["events"]]

    def kinds(self, execution: str) -> list[str]:
        return [event["type"] for event in self.events(execution)]


def passing(**fields: Any) -> dict[str, Any]:
    return {"Type": "Pass", "End": True, **fields}
