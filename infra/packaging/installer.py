"""Running a package installer so that its failure is one sentence, not its whole output."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from penstock.errors import PenstockError


def run(what: str, command: Sequence[str]) -> None:
    """Run `uv ...` or `pip ...` of this environment; says what it does, for it takes seconds."""
    print(f"penstock: {what} ...", file=sys.stderr, flush=True)
    known = {
        "uv": (sys.executable, "-m", "uv"),
        "pip": (sys.executable, "-m", "pip", "--disable-pip-version-check"),
    }
    done = subprocess.run(
        [*known[command[0]], *command[1:]],
        capture_output=True,
        text=True,
        check=False,
        # A company's own certificate authority is the system's to know.
        env={"UV_SYSTEM_CERTS": "true"} | os.environ,
    )
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise PenstockError(
            f"{what} failed: {lines[-1] if lines else f'exit code {done.returncode}'}",
            where=Path(command[-1]).name,
            expected="a reachable package registry with the locked files",
        )
