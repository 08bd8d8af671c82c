"""`penstock demo`: one use case's whole life, on this machine."""

from typing import Annotated

import typer
from rich.console import Console

from cli import paths
from cli.demo import driver
from cli.errors import CommandError
from cli.options import UseCaseName

WIDTH_OF_A_FILE = 140


def demo(
    usecase: UseCaseName = "triage",
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the local cloud up, to look around in.")
    ] = False,
    mode: Annotated[
        str | None,
        typer.Option(
            "--mode", help="How it is served: lambda or endpoint, in the place of its file's mode."
        ),
    ] = None,
) -> None:
    """Show one use case's whole life: from a CSV to a watched model, in about a minute.

    A fresh local cloud is started, the real CDK CLI deploys the real templates into it, a file
    lands in the lake, and everything after it is started by events: a model is trained, gated,
    released, asked, replaced by a better one, by a bad one that is rolled back, and retrained
    when the world changes. No AWS account, no Docker.

    It leaves .penstock/demo/report.html and summary.json. The exit code is 0 only if everything
    that was expected happened.
    """
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDTH_OF_A_FILE
    if failure := driver.run(usecase, console, keep=keep, mode=mode):
        raise CommandError(f"the demo did not hold: {failure}")
    if keep:
        console.print(f"the local cloud is still up ({paths.shown(paths.CLOUD)}): `penstock down`")
