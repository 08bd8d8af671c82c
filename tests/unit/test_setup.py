"""The first set-up ends in one clear line when the machine cannot do it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def setup(copy: Path, *, as_python: str = "") -> subprocess.CompletedProcess[str]:
    pretend = f"import sys; sys.version_info = {as_python}\n" if as_python else ""
    script = copy / "bin" / "setup"
    script.parent.mkdir(parents=True)
    script.write_text(pretend + (ROOT / "bin" / "setup").read_text())
    for lock in ("requirements-dev.txt", "package-lock.json"):
        shutil.copy(ROOT / lock, copy / lock)
    nowhere = "http://127.0.0.1:9/simple"
    return subprocess.run(
        [sys.executable, str(script)],
        env={"PATH": os.environ["PATH"], "HOME": str(copy), "PIP_RETRIES": "0",
             "PIP_INDEX_URL": nowhere, "PIP_CONFIG_FILE": os.devnull, "UV_INDEX_URL": nowhere},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_too_old_a_python_is_one_line(tmp_path: Path) -> None:
    done = setup(tmp_path, as_python="(3, 9, 2)")
    assert done.returncode == 1
    assert "Python 3.9.2 is too old" in done.stderr
    assert "3.11" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_no_network_at_the_first_set_up_is_one_line(tmp_path: Path) -> None:
    done = setup(tmp_path)
    assert done.returncode == 1
    assert "is the package registry reachable?" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
