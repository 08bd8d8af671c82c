"""`penstock invoke`: one request to a use case, as an application would send it."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from cli import asking, paths, usecases
from cli import url as by_url
from cli.errors import CommandError
from cli.instances import instance
from cli.options import Aws, Environment, UseCaseName
from cli.stack import Stack
from cli.target import resolve


def invoke(
    usecase: UseCaseName,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", help="A file with the request's JSON.")
    ] = None,
    example: Annotated[
        bool, typer.Option("--example", help="Ask about a row of the use case's own data.")
    ] = False,
    url: Annotated[
        bool,
        typer.Option("--url", help="By the function's URL, signed, in the place of an Invoke."),
    ] = False,
    aws: Aws = False,
    environment: Environment = "dev",
) -> None:
    """Send a request to what is live, and print its answer as JSON.

    A request is {"instances": [{column: value, ...}, ...]}. It is read from --file, else from
    the standard input: `echo '{"instances": [...]}' | penstock invoke triage`. The exit code
    is 1 when the answer is an error. In the modes batch and stream it asks the function that
    scores files and records.
    """
    request = _example(usecase) if example else _read(file)
    target = resolve(aws=aws)
    stack = Stack.of(target, environment, usecase)
    if note := _applications(stack, usecase):
        print(note, file=sys.stderr)
    body = (by_url if url else asking).ask(target, stack, request)
    Console().print_json(data=body)
    if "predictions" not in body:
        raise typer.Exit(1)


def _applications(stack: Stack, usecase: str) -> str | None:
    """How requests come where no application asks the function itself."""
    if stack.batch_state_machine_arn:
        return f"batch: files are scored by `penstock batch {usecase} --input FILE`"
    if stack.input_stream_name:
        return f"stream: applications put their records into {stack.input_stream_name}"
    return None


def _read(file: Path | None) -> bytes:
    where = str(file) if file else "the standard input"
    if file is None and sys.stdin.isatty():
        raise CommandError("no request: give --file or --example, or pipe its JSON in")
    try:
        raw = file.read_bytes() if file else sys.stdin.buffer.read()
        json.loads(raw)
    except OSError as error:
        raise CommandError(f"cannot read {where}: {error.strerror}") from None
    except ValueError as error:
        raise CommandError(f"{where} is not JSON: {error}") from None
    return raw


def _example(name: str) -> bytes:
    usecase = usecases.read(name)
    source = usecases.source(name, paths.data_dir())
    if source.synthetic:
        print(f"a synthetic row ({source.origin})", file=sys.stderr)
    request: dict[str, Any] = {"instances": [instance(source.rows[0], usecase.contract())]}
    print(f"request: {json.dumps(request)}", file=sys.stderr)
    return json.dumps(request).encode()
