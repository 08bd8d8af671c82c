"""The training job's code with its wheels: one archive, because the job has no internet.

SageMaker's toolkit runs `pip install . -r requirements.txt` in it. pip refuses to check hashes
beside a directory, so they are checked here, when the wheels are fetched, and the archive's own
hash holds from then on.
"""

import hashlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement

from infra.packaging.archive import BUILD, ROOT, Archive, Files, tarred, tree
from infra.packaging.functions import usecase_files
from infra.packaging.installer import run
from infra.packaging.target import Target, host_python
from penstock.spec import UseCase

TRAINING = ROOT / "training"
IMAGE_PYTHON = "3.12"  # of sagemaker-xgboost 3.2-0
_GLIBC = ("2_28", "2_27", "2_26", "2_24", "2_17")


def build(usecase: UseCase, folder: Path, target: Target) -> Archive:
    """train.py at the root, what it imports, the use case, requirements.txt, wheels/."""
    locked = list(_locked(IMAGE_PYTHON if not target.host else host_python()))
    wheels = _wheels(locked, target)
    files: Files = {
        "train.py": TRAINING / "train.py",
        **{k: v for k, v in tree(TRAINING, "training/").items() if k.endswith(".py")},
        **tree(ROOT / "penstock", "penstock/"),
        **usecase_files(usecase, folder),
        "requirements.txt": "".join(f"{pin}\n" for pin, _ in locked).encode(),
        **{f"wheels/{wheel.name}": wheel for wheel in sorted(wheels.glob("*.whl"))},
    }
    return tarred("training", files)


def _locked(python: str) -> Iterator[tuple[str, list[str]]]:
    """(name==version, its hashes) of each package that the lock has for this Python."""
    text = (TRAINING / "requirements.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    machine = {"python_version": python, "python_full_version": f"{python}.0"}
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        pin, *hashes = line.split("--hash=")
        wanted = Requirement(pin.strip())
        if wanted.marker is None or wanted.marker.evaluate(machine):
            yield f"{wanted.name}{wanted.specifier}", [found.strip() for found in hashes]


def _wheels(locked: list[tuple[str, list[str]]], target: Target) -> Path:
    """A folder of wheels, fetched once for a lock and a machine."""
    text = "".join(
        f"{pin} {' '.join(f'--hash={found}' for found in hashes)}\n" for pin, hashes in locked
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
            f"fetching the training job's wheels for Python {python}",
            ("pip", "download", "-d", str(wheels), *options, *machine, "-r", str(lock)),
        )
        try:
            wheels.rename(done)
        except OSError:  # another synthesis, at the same time, was first
            if not done.exists():
                raise
    return done
