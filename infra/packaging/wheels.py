"""The locked wheels of SageMaker's image: what both its jobs and its endpoints bring with them."""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

from infra.packaging.archive import BUILD, ROOT
from infra.packaging.installer import run
from infra.packaging.target import Target, host_python

LOCK = ROOT / "training" / "requirements.txt"
IMAGE_PYTHON = "3.12"  # of sagemaker-xgboost 3.2-0
CODE = "/opt/ml/code"  # where the image's toolkit puts a script, which it then pip-installs
# Without the internet, from the wheels beside the script.
PIP = {
    "PIP_NO_INDEX": "1",
    "PIP_FIND_LINKS": f"{CODE}/wheels",
    "PIP_NO_DEPS": "1",  # the rest is in the image, in versions that it needs
    "PIP_ROOT_USER_ACTION": "ignore",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}
_GLIBC = ("2_28", "2_27", "2_26", "2_24", "2_17")


def locked(target: Target) -> list[tuple[str, list[str]]]:
    """(name==version, its hashes) of each package that the lock has for the target's image."""
    return list(_locked(host_python() if target.host else IMAGE_PYTHON))


def _locked(python: str) -> Iterator[tuple[str, list[str]]]:
    text = LOCK.read_text(encoding="utf-8").replace("\\\n", " ")
    machine = {"python_version": python, "python_full_version": f"{python}.0"}
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        pin, *hashes = line.split("--hash=")
        wanted = Requirement(pin.strip())
        if wanted.marker is None or wanted.marker.evaluate(machine):
            yield f"{wanted.name}{wanted.specifier}", [found.strip() for found in hashes]


def fetched(target: Target) -> Path:
    """A folder of wheels, fetched once for a lock and a machine."""
    text = "".join(
        f"{pin} {' '.join(f'--hash={found}' for found in hashes)}\n"
        for pin, hashes in locked(target)
    )
    python = host_python() if target.host else IMAGE_PYTHON
    inputs = json.dumps([text, python, target.host])
    done = BUILD / f"wheels-{hashlib.sha256(inputs.encode()).hexdigest()[:16]}"
    if done.exists():
        return done
    BUILD.mkdir(parents=True, exist_ok=True)
    machine: list[str] = []
    if not target.host:
        machine = ["--python-version", IMAGE_PYTHON, "--implementation", "cp"]
        for glibc in _GLIBC:
            machine += ["--platform", f"manylinux_{glibc}_x86_64"]
        machine += ["--platform", "manylinux2014_x86_64"]
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        lock, wheels = Path(scratch) / "training.txt", Path(scratch) / "wheels"
        lock.write_text(text, encoding="utf-8")
        options = ("--no-deps", "--only-binary", ":all:", "--require-hashes", "-q")
        run(
            f"fetching the image's wheels for Python {python}",
            ("pip", "download", "-d", str(wheels), *options, *machine, "-r", str(lock)),
        )
        try:
            wheels.rename(done)
        except OSError:  # another synthesis, at the same time, was first
            if not done.exists():
                raise
    return done
