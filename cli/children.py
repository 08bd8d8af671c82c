"""Runs commands whose end is ours: whatever happens to us, none of them is left behind."""

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cli import paths
from cli.errors import CommandError


class Children:
    """The commands that run now. Leaving the `with` ends each with all that it started."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> "Children":
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._closed = True
            running = list(self._running)
        for process in running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def run(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        heard: Callable[[str], None] | None = None,
    ) -> None:
        """Run to the end, each line into `log` and to `heard`; CommandError holds all of it."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with self._lock:
            if self._closed:
                raise CommandError(f"{command[0]} was not started: we are stopping")
            process = subprocess.Popen(
                command,
                cwd=paths.ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
            self._running.add(process)
        with log.open("w") as file:
            for line in process.stdout or ():
                file.write(line)
                if heard:
                    heard(line.rstrip())
        code = process.wait()
        with self._lock:
            self._running.discard(process)
        if code:
            name = " ".join([Path(command[0]).name, *command[1:2]])
            output = log.read_text().strip()
            raise CommandError(f"`{name}` failed with code {code}, see {paths.shown(log)}", output)

    def attached(self, command: Sequence[str], *, environment: Mapping[str, str]) -> None:
        """Run with our terminal, for a command that asks its user something."""
        code = subprocess.run(command, cwd=paths.ROOT, env=environment).returncode
        if code:
            name = " ".join([Path(command[0]).name, *command[1:2]])
            raise CommandError(f"`{name}` failed with code {code}; its output is above")
