"""Archives whose name is the hash of what is in them: same content, same name, nothing uploaded."""

import gzip
import hashlib
import io
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from infra.packaging import pruning
from penstock.errors import PenstockError

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".penstock" / "build"
_EPOCH = (1980, 1, 1, 0, 0, 0)

Files = Mapping[str, Path | bytes]


@dataclass(frozen=True)
class Derive:
    """How files are added that follow from others; another `name` for another way."""

    name: str
    make: Callable[[Files], Files]


@dataclass(frozen=True)
class Archive:
    """A built file, the hash of its content (not of its bytes: compressors differ), its size."""

    path: Path
    sha256: str
    unzipped_bytes: int


def tree(folder: Path, prefix: str = "") -> dict[str, Path | bytes]:
    """Every file of a folder under `prefix`, without what Python leaves behind."""
    if not folder.is_dir():
        raise PenstockError("no such folder", where=str(folder), expected="a folder to package")
    return {
        f"{prefix}{path.relative_to(folder).as_posix()}": path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def zipped(name: str, files: Files, *, derive: Derive | None = None) -> Archive:
    """A .zip as Lambda wants it: every file readable by any user.

    What is in it besides is derived from `files`, whose hash stands for it: compilers' bytes may
    differ where their meaning does not. The deriver's name counts in the hash.
    """
    return _build(name, ".zip", files, _write_zip, derive)


def tarred(name: str, files: Files) -> Archive:
    """A .tar.gz as SageMaker's toolkit wants it."""
    return _build(name, ".tar.gz", files, _write_tar)


def digest(files: Files, derived: str = "") -> str:
    total = hashlib.sha256(derived.encode())
    for name in sorted(files):
        total.update(f"{name}\0{hashlib.sha256(read(files[name])).hexdigest()}\n".encode())
    return total.hexdigest()


def _build(
    name: str,
    suffix: str,
    files: Files,
    write: Callable[[IO[bytes], Files], None],
    derive: Derive | None = None,
) -> Archive:
    sha256 = digest(files, derive.name if derive else "")
    files = derive.make(files) if derive else files
    path = BUILD / f"{name}-{sha256[:16]}{suffix}"
    if not pruning.claimed(path):
        BUILD.mkdir(parents=True, exist_ok=True)
        # a name of its own: two syntheses at once may build the same archive
        with tempfile.NamedTemporaryFile(dir=BUILD, suffix=".unfinished", delete=False) as out:
            write(out, files)
        Path(out.name).replace(path)
        pruning.prune(BUILD, name)
    size = sum(len(f) if isinstance(f, bytes) else f.stat().st_size for f in files.values())
    return Archive(path, sha256, size)


def read(file: Path | bytes) -> bytes:
    return file if isinstance(file, bytes) else file.read_bytes()


def _write_zip(out: IO[bytes], files: Files) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o755 << 16 if name.endswith(".so") else 0o644 << 16
            archive.writestr(info, read(files[name]))


def _write_tar(out: IO[bytes], files: Files) -> None:
    with (
        gzip.GzipFile(filename="", fileobj=out, mode="wb", compresslevel=6, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name in sorted(files):
            data = read(files[name])
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o644
            archive.addfile(info, io.BytesIO(data))
