"""One synthesis of what ships, and one of every serving mode, for all tests and workers.

Each costs half a minute.
"""

import fcntl
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from synthesis import ROOT, Assembly, synthesise

sys.path.insert(0, str(ROOT / "tests" / "e2e" / "modes"))  # `served` is the end-to-end tests' too

import served  # the line above finds it

# Each mode once, and what else changes a template.
MODES = ("plain", "batch", "stream", "url", "endpoint", "endshadow", "serverless", "watched")


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """Both environments, and the use cases that ship."""
    return _once(tmp_path_factory, "assembly", synthesise)


@pytest.fixture(scope="session")
def modes(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """The dev environment with a use case for each serving mode, by the names in `served`, and
    with a dashboard, which none has by itself."""
    return _once(tmp_path_factory, "modes", _modes)


def _modes(folder: Path) -> Assembly:
    usecases = folder.with_name("usecases-of-modes")
    served.write(usecases, MODES, {"monitoring": {"dashboard": True}})
    return synthesise(folder, usecases_folder=str(usecases), environments="dev")


def _once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Assembly]) -> Assembly:
    """Made by the first worker that asks; the other one waits for it."""
    base = factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    made, done = base / name, base / f"{name}.done"
    with Path(base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            make(made)
            done.touch()
    return Assembly(made)
