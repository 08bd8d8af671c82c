"""The training job's code with its wheels: one archive, because the job has no internet.

SageMaker's toolkit runs `pip install . -r requirements.txt` in it. pip refuses to check hashes
beside a directory, so they are checked here, when the wheels are fetched, and the archive's own
hash holds from then on.
"""

from pathlib import Path

from infra.packaging import wheels
from infra.packaging.archive import ROOT, Archive, Files, tarred, tree
from infra.packaging.functions import usecase_files
from infra.packaging.target import Target
from penstock.spec import UseCase

TRAINING = ROOT / "training"


def build(usecase: UseCase, folder: Path, target: Target) -> Archive:
    """train.py at the root, what it imports, the use case, requirements.txt, wheels/."""
    brought = sorted(wheels.fetched(target).glob("*.whl"))
    files: Files = {
        "train.py": TRAINING / "train.py",
        **{k: v for k, v in tree(TRAINING, "training/").items() if k.endswith(".py")},
        **tree(ROOT / "penstock", "penstock/"),
        **usecase_files(usecase, folder),
        "requirements.txt": "".join(f"{pin}\n" for pin, _ in wheels.locked(target)).encode(),
        **{f"wheels/{wheel.name}": wheel for wheel in brought},
    }
    return tarred("training", files)
