"""`penstock up`: a local cloud to work with."""

import json
import urllib.request
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

import localcloud
from cli import paths
from cli.target import TIME_SCALE, cloud_config
from localcloud.recorded import RECORDED

KeepState = Annotated[
    bool,
    typer.Option(
        "--keep-state",
        help="Go on where the last run with this option ended, and keep the state on disk.",
    ),
]


def up(keep_state: KeepState = False) -> None:
    """Start the local cloud (no AWS account, no Docker).

    It listens on this machine only. PENSTOCK_PORT chooses another port than 4566. It is empty,
    unless --keep-state brings an earlier state back: go on with `penstock deploy`. Durations in
    it pass 60 times faster.
    """
    console = Console(highlight=False)
    running = localcloud.find(paths.CLOUD)
    if running:
        console.print(f"already up: {running.endpoint} (process {running.pid})")
        if keep_state and not running.keeps_state:
            console.print("it keeps no state: `penstock down` first, which loses what is in it")
        _page(console, running)
        return
    running = localcloud.start(cloud_config(keep_state=keep_state))
    console.print(
        f"up: {running.endpoint} (process {running.pid}), a minute lasts "
        f"{60 / TIME_SCALE:g} s, log in {paths.shown(running.log)}"
    )
    if keep_state:
        _state(console, running)
    _page(console, running)
    console.print("what it only writes down, and does not do:")
    for what, why in RECORDED:
        console.print(f"  {what}: {why}", style="dim", soft_wrap=True)
    console.print("to point another tool at it:")
    for name, value in localcloud.environment(running).items():
        console.print(f"  export {name}={value}", style="dim", soft_wrap=True)


def _state(console: Console, running: localcloud.Running) -> None:
    with urllib.request.urlopen(f"{running.endpoint}/_localcloud/state") as answer:
        state = json.load(answer)
    came = "goes on with" if state["restored"] else "will be kept in"
    console.print(f"state: {came} {paths.shown(Path(state['kept']))}")
    for note in state["notes"]:
        console.print(f"state: {note}", style="bold", soft_wrap=True)


def _page(console: Console, running: localcloud.Running) -> None:
    console.print(f"look at it: {running.endpoint}/_localcloud/", soft_wrap=True)
