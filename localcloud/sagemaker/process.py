"""The process that stands for a container: stopped as one, and never left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from localcloud.sagemaker.disk import Disk
from localcloud.sagemaker.script import Command
from localcloud.sagemaker.supervisor import GROUP_FILE

_SUPERVISOR = Path(__file__).with_name("supervisor.py")


class Process:
    def __init__(self, command: Command, disk: Disk) -> None:
        self._command, self._disk = command, disk
        self._group = disk.root / "process-group"
        self._process: subprocess.Popen[str] | None = None
        self._kill_at = float("inf")
        self._reader: threading.Thread | None = None

    def start(self, write: Callable[[str], None]) -> None:
        inner = self._disk.command(self._command.words)
        words = [sys.executable, "-S", "-E", str(_SUPERVISOR), *inner]
        self._process = subprocess.Popen(
            words,
            cwd=self._disk.cwd,
            env={**self._command.environment, GROUP_FILE: str(self._group)},
            stdin=subprocess.PIPE,  # closed by the kernel when this server ends: see supervisor.py
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        self._reader = threading.Thread(target=self._pump, args=(write,), daemon=True)
        self._reader.start()

    def wait(self, seconds: float) -> int | None:
        """The exit code, or None if it still runs after `seconds`.

        Negative when the supervisor itself was killed: on AWS, an instance that is lost."""
        assert self._process is not None
        if time.monotonic() > self._kill_at and self._process.stdin:
            self._process.stdin.close()
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        if code < 0:
            self._kill_group()
        if self._reader:
            self._reader.join(5)
        return code

    def end(self, grace: float) -> None:
        """SIGTERM now, SIGKILL to all that it started after `grace` seconds."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGTERM)
        self._kill_at = time.monotonic() + grace

    def kill(self) -> None:
        """SIGKILL now; harmless when it has ended or never ran."""
        if self._process is not None and self._process.stdin:
            self._process.stdin.close()

    def _kill_group(self) -> None:
        """What a killed supervisor could not end itself."""
        with contextlib.suppress(OSError, ValueError):
            os.killpg(int(self._group.read_text()), signal.SIGKILL)

    def _pump(self, write: Callable[[str], None]) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            write(line.rstrip("\n"))
