"""Starts, finds and stops the server process, and leaves nothing of it behind.

The server holds a lock on its state file for as long as it lives. The kernel drops the lock with
the process, so the pid in the file is signalled only while the lock proves that it is still ours.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from localcloud import guardian
from localcloud.config import HOST, REGION, Config, LocalCloudError, PortInUse

STATE = "server.json"
LOG = "server.log"
_READY_SECONDS = 30.0
_GRACE_SECONDS = 6.0
_KEEPING_SECONDS = 60.0  # a server that keeps its state writes it first


@dataclass(frozen=True)
class Running:
    pid: int
    endpoint: str
    log: Path
    keeps_state: bool = False
    guardian: int | None = None  # see guardian.py


def credentials() -> dict[str, str]:
    """The administrator's pair. No secret: it opens a server on this machine's loopback only."""
    return {
        "AWS_ACCESS_KEY_ID": "LOCALCLOUDADMINISTRATOR",
        "AWS_SECRET_ACCESS_KEY": "localcloud-administrator",
    }


def environment(running: Running) -> dict[str, str]:
    """Variables that point an AWS SDK, the CLI or the CDK at the local cloud."""
    return {
        "AWS_ENDPOINT_URL": running.endpoint,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        **credentials(),
    }


def server_environment(config: Config) -> dict[str, str]:
    """All that the server inherits: nothing of the caller's but where programs are found."""
    temporary = config.directory.absolute() / "tmp"
    return {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), "/usr/local/bin:/usr/bin:/bin"]),
        "PYTHONPATH": str(Path(__file__).absolute().parent.parent),
        "HOME": str(config.directory.absolute()),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
    }


def start(config: Config) -> Running:
    """Start a server in its own session and wait until it answers.

    Raises LocalCloudError, in one line, when the directory or the port is taken or it ends early.
    """
    if running := find(config.directory):
        raise LocalCloudError(
            f"{config.directory} already runs a local cloud at {running.endpoint} "
            f"(process {running.pid}); stop it first"
        )
    check_port(config.port)
    (config.directory / "tmp").mkdir(parents=True, exist_ok=True)
    log = config.directory / LOG
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "localcloud", *config.arguments()],
            cwd=config.directory,
            env=server_environment(config),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, Running(process.pid, config.endpoint, log))
        if running := find(config.directory):
            return running
        raise LocalCloudError(f"the local cloud ended at once (see {log})")
    except BaseException:
        _end(find(config.directory) or Running(process.pid, config.endpoint, log), process)
        raise


def find(directory: Path) -> Running | None:
    """The server that lives in `directory`, or None; a stale state file counts as none."""
    state = directory / STATE
    try:
        with state.open("r+") as file:
            if _lock(file.fileno()):
                return None
            facts = json.load(file)
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    endpoint = f"http://{HOST}:{facts['port']}"
    return Running(facts["pid"], endpoint, directory / LOG, facts["keeps"], facts["guardian"])


def stop(directory: Path) -> bool:
    """End the server of `directory` and all it started; False if there was none."""
    running = find(directory)
    if running is None:
        return False
    _end(running)
    (directory / STATE).unlink(missing_ok=True)
    return True


@contextlib.contextmanager
def claim(config: Config) -> Iterator[None]:
    """Held by the server itself: the state file, locked for the life of this process."""
    config.directory.mkdir(parents=True, exist_ok=True)
    with (config.directory / STATE).open("a+") as file:
        if not _lock(file.fileno()):
            raise LocalCloudError(f"{config.directory} already runs a local cloud; stop it first")
        file.truncate(0)
        facts = {
            "pid": os.getpid(),
            "guardian": guardian.pid(),
            "port": config.port,
            "keeps": config.keep_state,
            "started": time.time(),
        }
        file.write(json.dumps(facts) + "\n")
        file.flush()
        yield


def check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise PortInUse(
                f"port {port} on {HOST} is in use by another program; "
                "end that program or choose another port"
            ) from error


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _wait_until_ready(process: subprocess.Popen[bytes], running: Running) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            lines = running.log.read_text(errors="replace").strip().splitlines()
            last = lines[-1] if lines else "no output"
            raise LocalCloudError(f"the local cloud ended at its start: {last} (see {running.log})")
        try:
            with urllib.request.urlopen(f"{running.endpoint}/_localcloud/health", timeout=2):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise LocalCloudError(
        f"the local cloud did not answer in {_READY_SECONDS:g} s (see {running.log})"
    )


def _end(running: Running, process: subprocess.Popen[bytes] | None = None) -> None:
    """Ask, wait, insist; it has ended when its guardian has ended all that it left."""
    last = running.guardian or running.pid
    with contextlib.suppress(ProcessLookupError):
        os.kill(running.pid, signal.SIGTERM)
    deadline = time.monotonic() + (_KEEPING_SECONDS if running.keeps_state else _GRACE_SECONDS)
    while _alive(last, process) and time.monotonic() < deadline:
        time.sleep(0.02)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(running.pid, signal.SIGKILL)
    while _alive(last, process) and time.monotonic() < deadline + _GRACE_SECONDS:
        time.sleep(0.02)


def _alive(pid: int, process: subprocess.Popen[bytes] | None) -> bool:
    if process is not None:
        return process.poll() is None
    with contextlib.suppress(ChildProcessError):  # reaps it when start() was called by this process
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
