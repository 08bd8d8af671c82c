"""`penstock batch`: score files as one job, follow it, bring its answers here."""

import json
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from cli.errors import CommandError
from cli.options import Aws, Environment, UseCaseName
from cli.stack import Stack
from cli.target import Target, resolve
from penstock import failure, layout

_EVERY_SECONDS = 0.5
_ENDED = ("SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED")


def batch(
    usecase: UseCaseName,
    source: Annotated[
        str,
        typer.Option(
            "--input",
            "-i",
            help="A file or a folder here (.parquet, .csv, .jsonl), or s3://<lake>/batch/"
            "<usecase>/in/<file, or folder/>.",
        ),
    ],
    name: Annotated[
        str | None,
        typer.Option(
            "--name", help="The job's name. A job of that name that failed goes on where it ended."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A folder for the answers.")
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Wait for the job's end.")
    ] = True,
    aws: Aws = False,
    environment: Environment = "dev",
) -> None:
    """Score files: every row gets exactly one answer, by the model that is live now.

    Rows that break the contract are answered with their error, and listed with their reasons. The
    same files and the same model are the same job: what it has done is not done again.
    """
    target = resolve(aws=aws)
    stack = Stack.of(target, environment, usecase)
    if not stack.batch_state_machine_arn:
        raise CommandError(f"{usecase} has no jobs: its serving.mode is not batch")
    job = Job(target, stack, usecase, name or _new_name())
    job.start(source)
    print(f"job {job.name}")
    if follow or output:
        report = job.follow(Console(highlight=False))
        if output:
            print(f"{job.download(report, output)} files in {output}")


def _new_name() -> str:
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


class Job:
    """An execution of the use case's batch machine, by its name."""

    def __init__(self, target: Target, stack: Stack, usecase: str, name: str) -> None:
        self.name, self._usecase, self._lake = name, usecase, stack.lake_bucket
        self._s3, self._states = target.client("s3"), target.client("stepfunctions")
        self._machine = stack.batch_state_machine_arn
        self._arn = f"{self._machine.replace(':stateMachine:', ':execution:')}:{name}"

    def start(self, source: str) -> None:
        """Begin it; take up one that failed; one that runs or is done is left as it is."""
        status = self._status()
        if status is None:
            uri = source if source.startswith("s3://") else self._send(Path(source))
            self._states.start_execution(
                stateMachineArn=self._machine, name=self.name, input=json.dumps({"input": uri})
            )
        elif status not in ("RUNNING", "SUCCEEDED"):
            self._states.redrive_execution(executionArn=self._arn)

    def _status(self) -> str | None:
        try:
            return str(self._states.describe_execution(executionArn=self._arn)["status"])
        except self._states.exceptions.ExecutionDoesNotExist:
            return None
        except self._states.exceptions.InvalidArn:
            raise CommandError(
                f"{self.name!r} is no name of a job: use letters, digits, -"
            ) from None

    def _send(self, path: Path) -> str:
        """Files go where no event begins a second job for them."""
        files = sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]
        if not files or not all(file.exists() for file in files):
            raise CommandError(f"no file at {path}")
        prefix = f"{layout.batch_prefix(self._usecase, 'sent')}{self.name}/"
        for file in files:
            self._s3.upload_file(str(file), self._lake, f"{prefix}{file.name}")
        return layout.uri(self._lake, prefix)

    def follow(self, console: Console) -> dict[str, Any]:
        """Wait for the end, and tell of it; the report. CommandError if the job failed."""
        with console.status("planning") as shown:
            while (status := self._status()) not in _ENDED:
                shown.update(self.progress())
                time.sleep(_EVERY_SECONDS)
        found = self._states.describe_execution(executionArn=self._arn)
        if status != "SUCCEEDED":
            hint = f"`--name {self.name}` takes it up again"
            raise CommandError(f"job {self.name} is {status}: {failure.words(found)} ({hint})")
        report: dict[str, Any] = json.loads(found["output"])["finish"]
        table = Table(box=None, show_header=False)
        for name, value in report.items():
            table.add_row(name.replace("_", " "), _said(value))
        console.print(table)
        return report

    def progress(self) -> str:
        """How many parts are done of all."""
        for run in self._states.list_map_runs(executionArn=self._arn)["mapRuns"]:
            counts = self._states.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]
            return f"{counts['succeeded']} of {counts['total']} parts"
        return "planning"

    def download(self, report: dict[str, Any], folder: Path) -> int:
        """Every object of the job's output into the folder; how many they were."""
        bucket, prefix = layout.split_uri(report["output_uri"])
        folder.mkdir(parents=True, exist_ok=True)
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = [item["Key"] for page in pages for item in page.get("Contents", [])]
        for key in keys:
            self._s3.download_file(bucket, key, str(folder / key.removeprefix(prefix)))
        return len(keys)


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_said(inner)}" for name, inner in value.items())
    return f"{value:,}" if isinstance(value, int | float) else str(value)
