"""What an endpoint's container needs beside the model: our code and ONNX Runtime, as one archive.

The container has no internet. Its toolkit pip-installs what lies in code/, and that must be the
script alone: packages beside it would be laid over those of the image. numpy is the image's own,
because its server imports it before our code runs.
"""

import zipfile
from pathlib import Path

from infra.packaging import functions, wheels
from infra.packaging.archive import ROOT, Archive, Files, tarred
from infra.packaging.layers import UNUSED
from infra.packaging.target import Target
from penstock.spec import UseCase

BUILDERS = ("setuptools", "wheel")  # what pip builds the script with
_SETUP = b"""from setuptools import setup

setup(name="inference", version="1.0.0", py_modules=["inference"])
"""


def build(usecase: UseCase, folder: Path, target: Target) -> Archive:
    """code/ (script, wheels), package/ (as in the predict function), libraries/onnxruntime."""
    brought = wheels.fetched(target)
    (runtime,) = brought.glob("onnxruntime-*.whl")
    package = functions.files("predict") | functions.usecase_files(usecase, folder)
    files: Files = {
        "code/inference.py": ROOT / "functions" / "predict" / "inference.py",
        "code/setup.py": _SETUP,
        **{
            f"code/wheels/{wheel.name}": wheel
            for name in BUILDERS
            for wheel in brought.glob(f"{name}-*.whl")
        },
        **{f"package/{name}": file for name, file in package.items()},
        **{f"libraries/{name}": data for name, data in _unzipped(runtime)},
    }
    return tarred("endpoint", files)


def _unzipped(wheel: Path) -> list[tuple[str, bytes]]:
    with zipfile.ZipFile(wheel) as archive:
        names = [n for n in archive.namelist() if not n.endswith("/") and not UNUSED.search(n)]
        return [(name, archive.read(name)) for name in names]
