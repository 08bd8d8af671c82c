"""`penstock status`: what runs, what is live, and what sounds."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated

import typer
from botocore.exceptions import ClientError
from rich.console import Console
from rich.table import Table

from cli import inventory, paths, records, usecases
from cli.errors import CommandError
from cli.options import Aws, Environment
from cli.stack import Stack
from cli.target import Target, resolve
from penstock import loop, package

_BUDGETS = (
    "budgets count nothing before the payer's account activates the cost-allocation tag `usecase`"
)


def status(
    aws: Aws = False,
    environment: Environment = "dev",
    limit: Annotated[
        int, typer.Option("--limit", min=0, max=100, help="How many of each kind are listed.")
    ] = 10,
) -> None:
    """Show every deployed use case: the live version, its model, alarms, the last release.

    Below it, what else there is: stacks, functions, executions, jobs, endpoints and alarms,
    the newest first.
    """
    console = Console(highlight=False)
    target = resolve(aws=aws)
    console.print(f"{target.where}, environment {environment}")
    if target.is_local:
        console.print(f"page: {target.endpoint}/_localcloud/", style="dim")
        console.print(f"log: {paths.shown(paths.CLOUD / 'server.log')}", style="dim")
    else:
        console.print(_BUDGETS, style="dim", markup=False)
    table = Table("use case", "live", "model", "alarms", "last release", box=None)
    for name in usecases.names():
        table.add_row(name, *_row(target, environment, name))
    console.print(table)
    for line in filter(None, (_held_back(target, environment, n) for n in usecases.names())):
        console.print(line, style="bold", markup=False)
    for listing in inventory.everything(target, limit) if limit else ():
        _list(console, listing)


def _list(console: Console, listing: inventory.Listing) -> None:
    if listing.problem:
        console.print(f"\n{listing.title}: {listing.problem}", style="dim", markup=False)
        return
    if not listing.rows:
        return
    table = Table(*listing.heads, box=None)
    for row in listing.rows:
        table.add_row(*row)
    console.print()
    console.print(table)
    if listing.more:
        console.print(f"... more {listing.title}: see --limit", style="dim")


def _row(target: Target, environment: str, name: str) -> Iterable[str]:
    try:
        stack = Stack.of(target, environment, name)
    except CommandError:
        return "not deployed", "", "", ""
    return (
        _live(target, stack),
        _model(target, stack, name),
        _alarms(target, stack),
        _last_release(target, stack, name),
    )


def _held_back(target: Target, environment: str, name: str) -> str | None:
    """That nothing is trained by itself any more, and what to do about it."""
    try:
        stack = Stack.of(target, environment, name)
    except CommandError:
        return None
    row, champion = records.loop(target, stack, name), records.champion(target, stack, name)
    why = loop.held_back(row, champion, datetime.now(UTC))
    return f"{name}: retraining is {why}; see `penstock retrain {name}`" if why else None


def _live(target: Target, stack: Stack) -> str:
    if stack.endpoint_name:
        return _endpoint(target, stack.endpoint_name)
    alias = target.client("lambda").get_alias(
        FunctionName=stack.predict_function_name, Name=stack.predict_alias
    )
    weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    canary = "".join(f" + {w:.0%} to version {v}" for v, w in weights.items())
    return f"version {alias['FunctionVersion']}{canary}"


def _endpoint(target: Target, name: str) -> str:
    """SageMaker's word for its state, and how many instances of which configuration there are."""
    client = target.client("sagemaker")
    try:
        found = client.describe_endpoint(EndpointName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationException":
            raise
        return "no endpoint yet"
    counts = [v.get("CurrentInstanceCount", 0) for v in found.get("ProductionVariants", [])]
    instances = f", {sum(counts)} instances" if any(counts) else ""
    return f"{found['EndpointStatus']}: {found['EndpointConfigName']}{instances}"


def _model(target: Target, stack: Stack, name: str) -> str:
    current = records.champion(target, stack, name)
    return package.number(current["model_package_arn"]) if current else "none yet"


def _alarms(target: Target, stack: Stack) -> str:
    names = [stack.drift_alarm_name, stack.verdict_alarm_name]
    found = target.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    sounding = [a["AlarmName"] for a in found if a["StateValue"] == "ALARM"]
    return ", ".join(sounding) or "quiet"


def _last_release(target: Target, stack: Stack, name: str) -> str:
    rows = records.history(target, stack, name)
    if not rows:
        return "none yet"
    return f"{rows[0]['result'].replace('_', ' ')} at {rows[0]['sk'].split('#')[0]}"
