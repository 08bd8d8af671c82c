"""`penstock down`: the end of the local cloud, and of all it runs."""

import shutil
from typing import Annotated

import typer
from rich.console import Console

import localcloud
from cli import paths

Forget = Annotated[
    bool, typer.Option("--forget", help="Also remove the state that --keep-state has kept.")
]


def down(forget: Forget = False) -> None:
    """Stop the local cloud with everything in it.

    Nothing is kept, unless it was started with --keep-state.
    """
    console = Console()
    running = localcloud.find(paths.CLOUD)
    stopped = localcloud.stop(paths.CLOUD)
    console.print("down" if stopped else "no local cloud was running")
    kept = localcloud.kept(paths.CLOUD)
    if forget and kept.exists():
        shutil.rmtree(kept)
        console.print(f"forgotten: {paths.shown(kept)}")
    elif running and running.keeps_state:
        console.print(f"state kept in {paths.shown(kept)}: `penstock up --keep-state` goes on")
