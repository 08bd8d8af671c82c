"""`penstock why`: how one recorded prediction came about, by the very model that made it."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from cli import explained, recorded, usecases
from cli.errors import CommandError
from cli.options import Aws, Environment, UseCaseName
from cli.recorded import Record
from cli.stack import Stack
from cli.target import Target, resolve
from penstock.artifact import NAMED
from penstock.explanation import TOLERANCE
from penstock.spec import UseCase

_SECONDS = 70  # the explain function's own limit is a minute


def why(
    usecase: UseCaseName,
    prediction: Annotated[str, typer.Argument(metavar="ID", help="The id of an answer.")],
    personal: Annotated[
        Path | None,
        typer.Option(
            "--personal",
            help="A JSON file {column: value} of the columns that the record masks.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="The record and its explanation, for another program.")
    ] = False,
    aws: Aws = False,
    environment: Environment = "dev",
) -> None:
    """Show how a recorded prediction came about, and check that its model still gives its score.

    The model is the very artifact that answered. Columns marked personal are masked in the
    record: their values have to come from where they are kept, in --personal; a wrong one gives
    another score, which is told. The exit code is 1 when there is no explanation, or when the
    score is not the recorded one.
    """
    spec, target = usecases.read(usecase), resolve(aws=aws)
    stack = Stack.of(target, environment, usecase)
    record = recorded.find(target, stack, usecase, prediction)
    console = Console(highlight=False)
    if not as_json:
        explained.facts(console, record, spec)
    if record.get("refused"):
        raise CommandError(f"the request was refused: {record.get('reason')}")
    answer = _ask(target, stack, record, _instance(record, spec, _read(personal)))
    same = abs(answer["score"] - record["score"]) <= TOLERANCE
    if as_json:
        console.print_json(data={"record": record, "reproduced": same, **answer})
    else:
        explained.explanation(console, answer, spec)
        explained.verdict(console, answer["score"], record["score"], same=same)
    if not same:
        raise typer.Exit(1)


def _read(personal: Path | None) -> dict[str, Any]:
    if personal is None:
        return {}
    try:
        given = json.loads(personal.read_bytes())
    except OSError as error:
        raise CommandError(f"cannot read {personal}: {error.strerror}") from None
    except ValueError as error:
        raise CommandError(f"{personal} is not JSON: {error}") from None
    if not isinstance(given, dict):
        raise CommandError(f"{personal} holds no JSON object: expected {{column: value}}")
    return given


def _instance(record: Record, spec: UseCase, given: dict[str, Any]) -> dict[str, Any]:
    """What was asked, out of the record and of what is given of the columns that it masks."""
    masked = [c.name for c in spec.columns if c.personal and record.get(c.name) is not None]
    if strangers := sorted(given.keys() - {c.name for c in spec.columns if c.personal}):
        raise CommandError(f"--personal: {', '.join(strangers)} are not masked columns")
    if lacking := [name for name in masked if name not in given]:
        raise CommandError(
            f"the record masks {', '.join(lacking)} (personal data), so that it cannot be "
            f"explained alone: give their values of {spec.row_id} {record['row_id']} "
            "in a JSON file, --personal FILE"
        )
    found = {c.name: record[c.name] for c in spec.columns if c.name in record}
    for column in spec.columns:  # which the record keeps as numbers
        if column.type == "boolean" and found.get(column.name) is not None:
            found[column.name] = bool(found[column.name])
    return found | given


def _ask(target: Target, stack: Stack, record: Record, instance: dict[str, Any]) -> dict[str, Any]:
    """The explanation, by the artifact that the record's model package names."""
    package = target.client("sagemaker").describe_model_package(
        ModelPackageName=record["model_package"]
    )
    model = {name: package["CustomerMetadataProperties"][name] for name in NAMED}
    said = target.client("lambda", read_timeout=_SECONDS).invoke(
        FunctionName=stack.explain_function_name,
        Payload=json.dumps({"model": model, "instances": [instance]}).encode(),
    )
    body = json.loads(said["Payload"].read())
    if said.get("FunctionError"):
        words = body.get("errorMessage", "it does not say why")
        raise CommandError(f"the explain function failed: {words}")
    (found,) = body["explanations"]
    return {**found, "space": body["space"]}
