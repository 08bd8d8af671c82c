"""`penstock retrain`: a training by a person's wish, which also opens a loop that has paused."""

import json
import time
from typing import Annotated, Any

import typer
from rich.console import Console

from cli import executions, releasing, usecases
from cli.errors import CommandError
from cli.options import Aws, Environment, UseCaseName
from cli.stack import Stack
from cli.target import Target, resolve
from penstock import package

_EVERY_SECONDS = 0.5
_STAGES = ("prepare", "train", "evaluate", "register")


def retrain(
    usecase: UseCaseName,
    reason: Annotated[
        str | None,
        typer.Option("--reason", "-r", help="Why, in words; it goes into the model's lineage."),
    ] = None,
    dataset: Annotated[
        str | None, typer.Option("--dataset", "-d", help="A dataset version; else the newest.")
    ] = None,
    aws: Aws = False,
    environment: Environment = "dev",
) -> None:
    """Train on the newest data, and follow it to the model package; a good one is then released.

    A person's training waits for no cool-down and no cap, and if the loop had stopped itself it is
    open again. The exit code is 1 if a gate is closed, or if the model is worse than the champion.
    """
    usecases.read(usecase)
    target = resolve(aws=aws)
    stack = Stack.of(target, environment, usecase)
    arn = ask(target, stack, reason=reason, dataset_version=dataset)
    console = Console(highlight=False)
    done = follow(console, target, arn)
    number = package.number(done["register"]["ModelPackageArn"])
    console.print(f"model package {number}: {done['evaluate']['approval']}", style="bold")


def ask(target: Target, stack: Stack, **request: str | None) -> str:
    """Start the training state machine in the caller's name; the execution's ARN."""
    given = {"trigger": "manual", "by": releasing.who(target)}
    given |= {name: value for name, value in request.items() if value}
    started = target.client("stepfunctions").start_execution(
        stateMachineArn=stack.train_state_machine_arn, input=json.dumps(given)
    )
    return str(started["executionArn"])


def follow(console: Console, target: Target, arn: str) -> dict[str, Any]:
    """Tell what happens until it is over; the execution's output.

    CommandError if it went wrong, with the reason. Ctrl-C ends the telling, not the training.
    """
    told: set[str] = set()
    while True:
        over = executions.ended(target, arn)
        for state in executions.states(target, arn):
            if state.left and state.lane in _STAGES and state.lane not in told:
                told.add(state.lane)
                console.print(f"{state.lane}: {_words(state)}", markup=False)
        if over:
            break
        time.sleep(_EVERY_SECONDS)
    if over.status != "SUCCEEDED":
        raise CommandError(f"the training came to nothing, {over.why or over.status}")
    return over.output


def _words(state: executions.State) -> str:
    found = state.output.get(state.lane, {})
    if state.lane == "prepare":
        rows = ", ".join(f"{n} for {side}" for side, n in found["rows"].items())
        return f"dataset {found['dataset_version']}, rows: {rows}"
    if state.lane == "evaluate":
        return str(found["description"])
    return "done"
