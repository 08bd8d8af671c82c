"""The process that stands for a container: stopped as one, and never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from localcloud.sagemaker.container import Container
from localcloud.sagemaker.script import Command

_SUPERVISOR = Path(__file__).with_name("supervisor.py")


class Process:
    def __init__(self, command: Command, container: Container) -> None:
        self._command, self._container = command, container
        self._process: subprocess.Popen[str] | None = None
        self._kill_at = float("inf")
        self._reader: threading.Thread | None = None

    def start(self, write: Callable[[str], None]) -> None:
        words = [sys.executable, "-S", "-E", str(_SUPERVISOR), *self._command.words]
        self._process = subprocess.Popen(
            words,
            cwd=self._container.code,
            env=self._command.environment,
            stdin=subprocess.PIPE,  # closed by the kernel when this server ends: see supervisor.py
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._pump, args=(write,), daemon=True)
        self._reader.start()

    def wait(self, seconds: float) -> int | None:
        """The exit code, or None if it still runs after `seconds`."""
        assert self._process is not None
        if time.monotonic() > self._kill_at and self._process.stdin:
            self._process.stdin.close()
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        if self._reader:
            self._reader.join(5)
        return code

    def end(self, grace: float) -> None:
        """SIGTERM now, SIGKILL to all that it started after `grace` seconds."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGTERM)
        self._kill_at = time.monotonic() + grace

    def _pump(self, write: Callable[[str], None]) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            write(line.rstrip("\n"))
