"""Nothing outlives the server: its parent waits for its end and ends whatever it has left.

On Linux the guardian adopts every orphan below it (a "child subreaper"), so that a worker, a job
or a daemon of theirs is found however it was started and however the server ended. Where there is
no such thing, the server's process group is ended, and supervisor.py ends each job's.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
# Found once, not in a forked child: the loader's lock may be held by a thread that is not there.
_LIBC = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
_PATIENCE = 10.0  # a process that SIGKILL does not end waits for its disk
_guardian: int | None = None


def guarded() -> int | None:
    """Fork: None in the child, which is the server; its exit code in the guardian, at the end."""
    global _guardian
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    guardian = os.getpid()
    server = os.fork()
    if server == 0:
        os.setpgid(0, 0)
        _guardian = guardian
        end_with_parent(signal.SIGTERM)
        if os.getppid() != guardian:  # it was gone before the line above
            os._exit(1)
        return None
    return _watch(server)


def pid() -> int | None:
    """The guardian of this server."""
    return _guardian


def end_with_parent(number: int) -> None:
    """Have the kernel send this signal when the process that forked this one is gone."""
    _prctl(_PR_SET_PDEATHSIG, number)


def _watch(server: int) -> int:
    def pass_on(number: int, _: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(server, number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, pass_on)
    while True:
        ended, status = os.waitpid(-1, 0)  # orphans too: they are ours now
        if ended == server:
            break
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(server, signal.SIGKILL)
    deadline = time.monotonic() + _PATIENCE
    while (children := _children()) and time.monotonic() < deadline:
        for child in children:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
        time.sleep(0.005)
    code = os.waitstatus_to_exitcode(status)
    return 128 - code if code < 0 else code


def _children() -> list[int]:
    """Living children of this process; those that have ended are reaped."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == os.getpid():
                found.append(int(stat.parent.name))
    return found


def _prctl(option: int, value: int) -> None:
    if _LIBC is not None:
        _LIBC(option, value, 0, 0, 0)
