"""Asks the release state machine for something, and follows it to its end."""

import json
import time
from collections.abc import Callable
from typing import Any

from rich.console import Console

from cli import executions
from cli.errors import CommandError
from cli.stack import Stack
from cli.target import Target

_EVERY_SECONDS = 0.5
_PATIENCE_SECONDS = 3.0
_HELD_BACK = "waiting: another release of this use case is running"


def who(target: Target) -> str:
    """The caller, as AWS knows them."""
    return str(target.client("sts").get_caller_identity()["Arn"].rsplit(":", 1)[-1])


def ask(target: Target, stack: Stack, **request: str | None) -> str:
    """Start the machine in the caller's name; the execution's ARN."""
    given = {"by": who(target)} | {name: value for name, value in request.items() if value}
    started = target.client("stepfunctions").start_execution(
        stateMachineArn=stack.release_state_machine_arn, input=json.dumps(given)
    )
    return str(started["executionArn"])


def follow(console: Console, target: Target, arn: str) -> dict[str, Any]:
    """Tell what happens until it is over; the release's own record of it.

    CommandError if it went wrong, with the reason. Ctrl-C ends the telling, not the release.
    """
    told, began = 0, time.monotonic()
    said = ""
    while True:
        over = executions.ended(target, arn)
        states = executions.states(target, arn)
        for state in [s for s in states if s.left is not None][told:]:
            told += 1
            if (line := words(state)) and line != said:
                console.print(line, markup=False)
                said = line
        if over:
            break
        if said == "" and told == 0 and time.monotonic() - began > _PATIENCE_SECONDS:
            console.print(said := _HELD_BACK)
        time.sleep(_EVERY_SECONDS)
    record = next((s.output["record"] for s in reversed(states) if "record" in s.output), None)
    if over.status != "SUCCEEDED":
        why = f"{record['result']}: {record['why']}" if record else over.why or over.status
        raise CommandError(
            f"the release came to nothing, {why.replace('rolled_back', 'rolled back')}"
        )
    return dict(record or {})


def words(state: executions.State) -> str | None:
    """A line of what a step found; None where there is nothing that a person waits for."""
    step = state.lane
    say = _TOLD.get(step)
    return f"{step}: {say(state.output[step])}" if say and step in state.output else None


_TOLD: dict[str, Callable[[dict[str, Any]], str]] = {
    "plan": lambda found: str(found["why"]),
    "publish": lambda found: f"version {found['version']}",
    "smoke": lambda found: f"{found['requests']} golden requests are answered rightly",
    "replay": lambda found: (
        f"{found['rows']} {found['source']} rows, {found['disagreement']:.1%} other labels"
    ),
    "judge": lambda found: f"{found['verdict']}, {found['why']}",
    "settle": lambda found: f"{found['result'].replace('_', ' ')}, {found['why']}",
}
