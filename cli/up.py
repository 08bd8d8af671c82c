"""`penstock up`: a local cloud to work with."""

from rich.console import Console

import localcloud
from cli import paths
from cli.target import TIME_SCALE, cloud_config
from localcloud.recorded import RECORDED


def up() -> None:
    """Start the local cloud (no AWS account, no Docker).

    It listens on this machine only. PENSTOCK_PORT chooses another port than 4566. Nothing is
    deployed yet: go on with `penstock deploy`. Durations in it pass 60 times faster.
    """
    console = Console(highlight=False)
    running = localcloud.find(paths.CLOUD)
    if running:
        console.print(f"already up: {running.endpoint} (process {running.pid})")
        _page(console, running)
        return
    running = localcloud.start(cloud_config())
    console.print(
        f"up: {running.endpoint} (process {running.pid}), a minute lasts "
        f"{60 / TIME_SCALE:g} s, log in {paths.shown(running.log)}"
    )
    _page(console, running)
    console.print("what it only writes down, and does not do:")
    for what, why in RECORDED:
        console.print(f"  {what}: {why}", style="dim", soft_wrap=True)
    console.print("to point another tool at it:")
    for name, value in localcloud.environment(running).items():
        console.print(f"  export {name}={value}", style="dim", soft_wrap=True)


def _page(console: Console, running: localcloud.Running) -> None:
    console.print(f"look at it: {running.endpoint}/_localcloud/", soft_wrap=True)
