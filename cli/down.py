"""`penstock down`: the end of the local cloud, and of all it runs."""

from rich.console import Console

import localcloud
from cli import paths


def down() -> None:
    """Stop the local cloud with everything in it. Nothing is kept: it is for trying out."""
    stopped = localcloud.stop(paths.CLOUD)
    Console().print("down" if stopped else "no local cloud was running")
