"""One synthesis for all infra tests, on however many workers: it costs half a minute."""

import fcntl
import os
from pathlib import Path

import pytest
from synthesis import Assembly, synthesise


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Made by the first worker that asks; the other one waits for it."""
    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    made, done = base / "assembly", base / "assembly.done"
    with Path(base / "assembly.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            synthesise(made)
            done.touch()
    return Assembly(made)
