"""No training outlives the server that started it, however the server ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

from conftest import eventually

from localcloud.sagemaker import process

SERVER = """
    import subprocess, sys, time
    program = "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(60)"
    words = [sys.executable, "-S", "-E", sys.argv[1], sys.executable, "-c", program]
    subprocess.Popen(words, stdin=subprocess.PIPE)
    time.sleep(60)
"""


def alive(pid: int) -> bool:
    """A zombie is not; one that goes while it is looked at is not either."""
    try:
        if Path("/proc/self").exists():
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        os.kill(pid, 0)
    except (FileNotFoundError, ProcessLookupError):
        return False
    return True


def test_a_killed_server_leaves_no_training_behind(tmp_path: Path) -> None:
    """SIGKILL gives the server no chance to clean up; the supervisor sees its pipe close."""
    words = [sys.executable, "-c", textwrap.dedent(SERVER), str(process._SUPERVISOR)]
    server = subprocess.Popen(words, cwd=tmp_path)
    try:
        pid = int(eventually(lambda: (tmp_path / "pid").exists() and _read(tmp_path / "pid")))
        assert alive(pid)
    finally:
        server.send_signal(signal.SIGKILL)
        server.wait()
    eventually(lambda: not alive(pid), 5)


def test_sigterm_reaches_the_program_and_its_code_comes_back(tmp_path: Path) -> None:
    """As Docker does it: the first process is asked, and its exit code is the container's."""
    program = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7));"
        "print('ready', flush=True); time.sleep(60)"
    )
    words = [sys.executable, str(process._SUPERVISOR), sys.executable, "-c", program]
    running = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert running.stdout is not None
    assert running.stdout.readline() == b"ready\n"
    time.sleep(0.05)
    running.terminate()
    assert running.wait(5) == 7


def _read(path: Path) -> str:
    return path.read_text()
