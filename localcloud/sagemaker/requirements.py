"""The pip install of script mode, into a folder that later jobs with the same wheels reuse."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from localcloud.sagemaker.container import Container
from localcloud.sagemaker.failure import JobFailure

_lock = threading.Lock()


def install(
    container: Container,
    environment: Mapping[str, str],
    python: Path,
    write: Callable[[str], None],
) -> Path | None:
    """The folder for PYTHONPATH, or None if the code has no requirements.txt.

    Honours PIP_NO_INDEX, PIP_NO_DEPS and PIP_FIND_LINKS; network isolation means no index.
    """
    wanted = container.code / "requirements.txt"
    no_index = container.isolated or _on(environment, "PIP_NO_INDEX")
    links = [
        Path(container.outside(word)) for word in environment.get("PIP_FIND_LINKS", "").split()
    ]
    wheels = sorted(path for folder in links for path in folder.rglob("*.whl"))
    if no_index:
        _check_module_install(wheels)
    if not wanted.is_file():
        return None
    cache = container.packages
    cache.mkdir(parents=True, exist_ok=True)
    options = [name for name, on in _options(environment, no_index) if on]
    target = cache / _key(wanted, wheels, python, options)
    with _lock:
        if not target.is_dir():
            made = Path(tempfile.mkdtemp(dir=cache))
            try:
                _run([*_words(wanted, made, python, links), *options], container, write)
                made.rename(target)
            finally:
                shutil.rmtree(made, ignore_errors=True)
    return target


def _check_module_install(wheels: list[Path]) -> None:
    """The toolkit also runs `pip install .` on the code, which builds it: with no index, the
    build's own needs must be among the wheels, or the job fails on AWS and nowhere else."""
    names = {path.name.partition("-")[0].lower() for path in wheels}
    if missing := {"setuptools", "wheel"} - names:
        raise JobFailure(
            "AlgorithmError: InstallModuleError: pip install . finds no "
            f"{' and no '.join(sorted(missing))} without an index; "
            "expected their wheels in PIP_FIND_LINKS"
        )


def _on(environment: Mapping[str, str], name: str) -> bool:
    return environment.get(name, "0").lower() in ("1", "true", "yes", "on")


def _options(environment: Mapping[str, str], no_index: bool) -> list[tuple[str, bool]]:
    return [("--no-index", no_index), ("--no-deps", _on(environment, "PIP_NO_DEPS"))]


def _words(wanted: Path, target: Path, python: Path, links: list[Path]) -> list[str]:
    uv = Path(sys.executable).with_name("uv")
    words = [str(uv), "pip", "install", "--no-config", "--python", str(python)]
    words += ["--target", str(target), "-r", str(wanted)]
    words += [f"--find-links={folder}" for folder in links]
    words += ["--require-hashes"] if "--hash=" in wanted.read_text() else []
    return words


def _run(words: list[str], container: Container, write: Callable[[str], None]) -> None:
    done = subprocess.run(
        words,
        cwd=container.code,
        env={**os.environ, "UV_SYSTEM_CERTS": "true"},  # an index behind a company's proxy
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    lines = (done.stdout + done.stderr).splitlines()
    for line in lines:
        write(line)
    if done.returncode != 0:
        text = "\n".join(lines)[-700:]
        raise JobFailure(f"AlgorithmError: InstallRequirementsError: {text}, exit code: 1")


def _key(wanted: Path, wheels: list[Path], python: Path, options: list[str]) -> str:
    digest = hashlib.sha256(f"{python}\n{options}\n{wanted.read_text()}".encode())
    for wheel in wheels:
        digest.update(wheel.name.encode())
        with wheel.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:24]
