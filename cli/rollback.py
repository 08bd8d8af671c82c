"""`penstock rollback`: back to what was live before, at once; or to an older model by the road."""

from typing import Annotated

import typer
from rich.console import Console

from cli import executions, records, releasing, usecases
from cli.errors import CommandError
from cli.options import Aws, Environment, UseCaseName
from cli.release import Note, full_arn
from cli.stack import Stack
from cli.target import Target, resolve


def rollback(
    usecase: UseCaseName,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            help="An older model package (ARN or number), released on today's code by the road.",
        ),
    ] = None,
    reason: Note = None,
    aws: Aws = False,
    environment: Environment = "dev",
) -> None:
    """Take the newest release back: the predecessor answers again within seconds.

    A release that is under way is broken off instead, and the champion keeps all traffic. What
    was taken back comes again only by `penstock release`, not by a deployment or a retraining.
    """
    usecases.read(usecase)
    target, console = resolve(aws=aws), Console(highlight=False)
    stack = Stack.of(target, environment, usecase)
    if to:
        older = full_arn(target, stack, to)
        request = {"reason": "model", "model_package_arn": older, "note": reason}
        done = releasing.follow(console, target, releasing.ask(target, stack, **request))
        console.print(f"version {done['version']} is live", style="bold")
        return
    champion = records.champion(target, stack, usecase)
    if champion is None:
        raise CommandError(f"{usecase} has no model yet: there is nothing to take back")
    broken_off = _break_off(target, stack, usecase, reason)
    if not broken_off and records.champion(target, stack, usecase, "previous") is None:
        raise CommandError(
            f"no predecessor of version {champion['version']} is kept: "
            "`--to PACKAGE` releases an older model, `penstock releases` lists them"
        )
    gone = broken_off or str(champion["version"])
    request = {"reason": "rollback", "from_version": gone, "note": reason}
    done = releasing.follow(console, target, releasing.ask(target, stack, **request))
    if done["result"] == "restored":
        console.print(f"version {done['version']} is live again", style="bold")
    elif broken_off:
        console.print(f"broken off: version {champion['version']} answers all", style="bold")
    else:
        raise CommandError(f"nothing was taken back: {done['why']}")


def _break_off(target: Target, stack: Stack, usecase: str, reason: str | None) -> str | None:
    """Stop the release that runs; the version that it was bringing, None if none runs.

    What it left moving, the next release puts back before anything else: that is the roll-back.
    """
    held = records.lock(target, stack, usecase)
    if held is None or executions.ended(target, held["holder"]) is not None:
        return None
    cause = reason or "taken back by `penstock rollback`"
    target.client("stepfunctions").stop_execution(
        executionArn=held["holder"], error="BrokenOff", cause=f"{releasing.who(target)}: {cause}"
    )
    made = [s.output["publish"] for s in executions.states(target, held["holder"])
            if "publish" in s.output]  # fmt: skip
    return str(made[-1]["version"]) if made else "unpublished"
