"""One path in a process of its own, which answers orders (paths/runner.py)."""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any, Self

RUNNER = Path(__file__).parent / "paths" / "runner.py"
# Nothing of this process's packages; and no bytecode of ours is left, as Lambda leaves none.
ENVIRONMENT = {"PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1", "DO_NOT_TRACK": "true"}
ENVIRONMENT |= {"MLFLOW_DISABLE_TELEMETRY": "true"}


class Child:
    def __init__(self, python: Path, path: str, folder: Path) -> None:
        self._process = _start(python, path, folder)
        self._said("ready")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """At the end of its orders it ends by itself, and ends its server."""
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def singles(self, count: int) -> list[float]:
        """Microseconds of that many rows, one at a time."""
        return [took / 1000 for took in json.loads(self._ask(f"one {count}"))]

    def all_rows(self) -> float:
        """Seconds for every row in one call."""
        return float(json.loads(self._ask("all")))

    def scores(self) -> list[float]:
        found: list[float] = json.loads(self._ask("scores"))
        return found

    def _ask(self, order: str) -> str:
        if self._process.stdin is None:
            raise RuntimeError("no way to ask")
        self._process.stdin.write(order + "\n")
        self._process.stdin.flush()
        return self._said("")

    def _said(self, expected: str) -> str:
        line = self._process.stdout.readline().strip() if self._process.stdout else ""
        if not line or (expected and line != expected):
            raise RuntimeError(f"the path ended: {line!r} (its own words are above)")
        return line


def cold_start(python: Path, path: str, folder: Path) -> float:
    """Milliseconds from the start of the process to its first answer."""
    began = time.perf_counter()
    process = _start(python, path, folder, "--once")
    answered = process.stdout.readline() if process.stdout else ""
    took = time.perf_counter() - began
    process.communicate(timeout=60)
    if not answered or process.returncode:
        raise RuntimeError(f"{path} gave no first answer")
    return took * 1000


def _start(python: Path, path: str, folder: Path, *more: str) -> subprocess.Popen[Any]:
    return subprocess.Popen(
        [python, RUNNER, path, folder, *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)} | ENVIRONMENT,
    )
