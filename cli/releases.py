"""`penstock releases`: what went live when, by whom, why, and what the judge said."""

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from cli import records, usecases
from cli.options import Aws, Environment, UseCaseName
from cli.stack import Stack
from cli.target import resolve
from penstock import package

_BY_EVENT = {"model": "a model was approved", "code": "the stack changed"}


def releases(
    usecase: UseCaseName,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=1000, help="So many, the newest first.")
    ] = 20,
    aws: Aws = False,
    environment: Environment = "dev",
) -> None:
    """List a use case's releases, the newest first: when, who, what, why, how far, what came of it.

    Example: `penstock releases USECASE --limit 5`.
    """
    usecases.read(usecase)
    target, console = resolve(aws=aws), Console(highlight=False)
    stack = Stack.of(target, environment, usecase)
    rows = records.history(target, stack, usecase)[:limit]
    if not rows:
        console.print(f"{usecase} has had no release yet")
        return
    live = (records.champion(target, stack, usecase) or {}).get("version")
    table = Table("when", "who", "version", "model", "steps", "result", "why", box=None)
    for row in rows:
        table.add_row(*cells(row, live))
    console.print(table)


def cells(row: records.Row, live: str | None) -> tuple[str, ...]:
    """A row of the history as the table's: `*` marks the version that is live."""
    steps = " ".join(f"{int(step)}" for step in row.get("percent_steps", ())) or "-"
    version = str(row.get("version") or "-")
    return (
        row["sk"].split("#")[0].split(".")[0].replace("T", " "),
        str(row.get("by") or "an event"),
        f"{version}*" if version == live and row["result"] in ("promoted", "restored") else version,
        package.number(row.get("model_package_arn") or "-"),
        f"{row.get('strategy', 'canary')} {steps} %".replace("- %", "-"),
        str(row["result"]).replace("_", " "),
        _why(row),
    )


def _why(row: dict[str, Any]) -> str:
    """What it was asked for, and what was found."""
    kind = str(row.get("reason"))
    asked = row.get("note") or ("" if row.get("by") else _BY_EVENT.get(kind, kind))
    return f"{asked}: {row['why']}" if asked else str(row["why"])
