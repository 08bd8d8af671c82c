"""Runs one program in its own process group, and ends the group when whoever started it is gone.

The starter holds the other end of this process's standard input. The kernel closes it however the
starter ends, so no training outlives its server. Runs alone: the standard library only.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

GROUP_FILE = "LOCALCLOUD_GROUP_FILE"  # where the starter finds the group, should this be killed


def main(words: list[str]) -> int:
    group_file = os.environ.pop(GROUP_FILE, None)
    program = subprocess.Popen(words, stdin=subprocess.DEVNULL, process_group=0)
    if group_file:
        Path(group_file).write_text(str(program.pid))

    def kill() -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(program.pid, signal.SIGKILL)

    def watch() -> None:
        sys.stdin.buffer.read()
        kill()

    # Docker too gives SIGTERM to the container's first process only.
    signal.signal(signal.SIGTERM, lambda *_: program.send_signal(signal.SIGTERM))
    threading.Thread(target=watch, daemon=True).start()
    code = program.wait()
    kill()
    return 128 - code if code < 0 else code


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(status)  # the watching thread holds standard input
