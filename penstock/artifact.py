"""The model artifact: which files it holds, and its one tar.gz form."""

import gzip
import hashlib
import shutil
import tarfile
from pathlib import Path

from penstock.errors import PenstockError

# What is said of an artifact where its very bytes are meant.
NAMED = ("artifact_uri", "artifact_version_id", "artifact_sha256")
# What the scorer reads; a function's package takes these and no others.
SERVED = ("contract.json", "encoding.json", "features.py", "model.onnx")
FILES = (
    *SERVED,
    "baseline.json",
    "card.md",
    "golden.jsonl",
    "lineage.json",
    "metrics.json",
)
# The model as its library has it, for explanations: one of these, which tells the algorithm.
NATIVE = {"xgboost": "model.ubj", "logistic_regression": "linear.json"}


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def identity(directory: Path) -> str:
    """sha256 of what makes a model behave as it does: two trainings of one model have one.

    Lineage, card and metrics are left out: they tell of the training, not of the model.
    """
    digest = hashlib.sha256()
    for name in (*SERVED, "baseline.json", "golden.jsonl"):
        digest.update(f"{name} {sha256(directory / name)}\n".encode())
    return digest.hexdigest()


def native(directory: Path) -> Path:
    """The native model; PenstockError unless there is one."""
    found = [name for name in NATIVE.values() if (directory / name).is_file()]
    if len(found) != 1:
        raise PenstockError(
            f"native models: {', '.join(found) or 'none'}",
            where=str(directory),
            expected=f"one of {', '.join(NATIVE.values())}",
        )
    return directory / found[0]


def pack(directory: Path, target: Path) -> str:
    """Every file of the artifact into one tar.gz, the same bytes for the same files; its sha256."""
    _complete(directory, where=str(directory))
    with (
        target.open("wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name in sorted([*FILES, native(directory).name]):
            info = tarfile.TarInfo(name)
            info.size, info.mode = (directory / name).stat().st_size, 0o644
            with (directory / name).open("rb") as file:
                tar.addfile(info, file)
    return sha256(target)


def unpack(source: Path, directory: Path) -> Path:
    """Its files, and no other that the archive may hold.

    Copied file by file, which lets nothing out; tarfile's filters came with Python 3.11.4.
    """
    directory.mkdir(parents=True, exist_ok=True)
    wanted = {*FILES, *NATIVE.values()}
    try:
        with tarfile.open(source, "r:gz") as tar:
            for member in tar:
                name = member.name.removeprefix("./")
                if name in wanted and member.isfile() and (file := tar.extractfile(member)):
                    with file, (directory / name).open("wb") as target:
                        shutil.copyfileobj(file, target)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise PenstockError(
            f"not unpacked: {error}", where=str(source), expected="a model.tar.gz"
        ) from error
    _complete(directory, where=str(source))
    return directory


def _complete(directory: Path, where: str) -> None:
    absent = sorted(name for name in FILES if not (directory / name).is_file())
    if absent:
        raise PenstockError(
            f"missing {', '.join(absent)}", where=where, expected="every file of an artifact"
        )
    native(directory)
