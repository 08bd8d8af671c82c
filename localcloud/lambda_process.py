"""The process of one execution environment and its two pipes: events in, answers out."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from localcloud.lambda_output import Output

_POLL_SECONDS = 0.05


def _signal(number: int) -> str:
    """The name that Lambda's log gives it."""
    return (signal.strsignal(number) or f"signal {number}").partition(" (")[0].lower()


class Failure(Exception):
    """The environment is lost; `kind` and the text are AWS's."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


class Sandbox:
    """`command` is an interpreter and its bootstrap, which takes the two descriptors."""

    def __init__(self, command: list[str], directory: Path, environment: dict[str, str]) -> None:
        read_event, write_event = os.pipe()
        read_answer, write_answer = os.pipe()
        self.process = subprocess.Popen(
            [*command, str(read_event), str(write_answer)],
            cwd=directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=(read_event, write_answer),
        )
        os.close(read_event)
        os.close(write_answer)
        assert self.process.stdout is not None
        self.output = Output(self.process.stdout)
        self.peak_mb = 0
        self._events = os.fdopen(write_event, "wb")
        self._answers = os.fdopen(read_answer, "rb", buffering=0)
        self._ready = select.poll()  # unlike select(), at home with a thousand descriptors
        self._ready.register(self._answers, select.POLLIN | select.POLLHUP)
        self._buffer = b""

    def send(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError):  # its end is found when the answer is awaited
            self._events.write(json.dumps(message).encode() + b"\n")
            self._events.flush()

    def answer(self, seconds: float, memory_mb: int, mark: str) -> dict[str, Any]:
        """What the bootstrap answers, all that was printed before it read; raises Failure."""
        deadline = time.monotonic() + seconds
        while b"\n" not in self._buffer:
            if self._ready.poll(_POLL_SECONDS * 1000):
                if not (chunk := self._answers.read(1 << 20)):
                    raise Failure("Runtime.ExitError", f"Runtime exited {self._reason()}")
                self._buffer += chunk
            elif time.monotonic() > deadline:
                raise Failure("Sandbox.Timedout", f"Task timed out after {seconds:.2f} seconds")
            elif self._memory("RssAnon") > memory_mb:
                self.process.kill()
                raise Failure("Runtime.ExitError", f"Runtime exited {self._reason()}")
        line, _, self._buffer = self._buffer.partition(b"\n")
        self.output.wait(mark)
        self.peak_mb = self._memory("VmHWM")
        return json.loads(line)  # type: ignore[no-any-return]

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.output.wait(None)
        self.close()

    def close(self) -> None:
        for pipe in (self._events, self._answers):
            with contextlib.suppress(OSError):
                pipe.close()

    def _reason(self) -> str:
        code = self.process.wait()
        if code == 0:
            return "without providing a reason"
        return f"with error: {f'exit status {code}' if code > 0 else f'signal: {_signal(-code)}'}"

    def _memory(self, field: str) -> int:
        """MB from Linux's own account of the process; 0 where there is none (not enforced)."""
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
                if line.startswith(field + ":"):
                    return int(line.split()[1]) // 1024
        return 0
