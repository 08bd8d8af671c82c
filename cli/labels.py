"""`penstock labels`: what became of cases, told to the model that judged them."""

import hashlib
import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from botocore.exceptions import ClientError
from rich.console import Console

from cli import usecases
from cli.errors import CommandError
from cli.options import Aws, Environment, UseCaseName
from cli.stack import Stack
from cli.target import Target, resolve
from penstock import layout

PATIENCE, EVERY = 120.0, 0.3


def labels(
    usecase: UseCaseName,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="CSV, Parquet or JSON lines.", dir_okay=False)
    ],
    aws: Aws = False,
    environment: Environment = "dev",
) -> None:
    """Upload labels, and say what became of them.

    A row names an answer by `prediction_id`, or its case by the row id (then the answer is meant
    that was the newest at the row's event time or `label_time`); the target's column says in the
    use case's words what came of it. Labels may come late, in pieces and twice. Those whose
    answer's record has not arrived wait for it. The exit code is 1 if the whole file is refused.
    """
    if usecases.read(usecase).labels is None:
        raise CommandError(f"{usecase} takes no labels: add `labels: {{}}` to its usecase.yaml")
    try:
        body = file.read_bytes()
    except OSError as error:
        raise CommandError(f"cannot read {file}: {error.strerror}") from None
    target = resolve(aws=aws)
    stack = Stack.of(target, environment, usecase)
    report = send(target, stack.lake_bucket, usecase, file.name, body)
    console = Console()
    if report["refused"]:
        raise CommandError(f"{file.name} is refused: {report['refused']}")
    for line in told(report):
        console.print(line, soft_wrap=True)


def send(target: Target, bucket: str, usecase: str, name: str, body: bytes) -> dict[str, Any]:
    """Put a file where labels are looked for; the report that it gets when it was tried once."""
    s3, key = target.client("s3"), f"{layout.labels_prefix(usecase)}{name}"
    s3.put_object(Bucket=bucket, Key=key, Body=body)
    report_key = layout.labels_report_key(usecase, hashlib.sha256(body).hexdigest())
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        report = _read(s3, bucket, report_key)
        if report and (report["tried"] or report["refused"]):
            return report
        time.sleep(EVERY)
    raise CommandError(f"no word of {key} after {PATIENCE:.0f} s: see `penstock logs labels`")


def told(report: dict[str, Any]) -> list[str]:
    """What became of a file's rows, in words."""
    lines = [
        f"{report['rows_read']:,} rows: {report['labelled']:,} joined to their answers, "
        f"{report['waiting']:,} wait for a record, {report['lost']:,} have none, "
        f"{report['rows_rejected']:,} rejected"
    ]
    lines += [f"  rejected: {why} ({n:,})" for why, n in report["reasons"].items()]
    if report["ignored_columns"]:
        lines.append(f"  not read: {', '.join(report['ignored_columns'])}")
    return lines


def _read(s3: Any, bucket: str, key: str) -> dict[str, Any] | None:
    try:
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise
    return dict(json.loads(body))
