"""The Lambdas' libraries, installed by uv for Lambda's machine from hash-locked requirements."""

import compileall
import hashlib
import json
import py_compile
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from infra.packaging.archive import BUILD, ROOT, Archive, Files, zipped
from infra.packaging.installer import run
from infra.packaging.pruning import claimed
from infra.packaging.target import Target

# What an import at run time never reads; tests alone are a tenth of numpy.
UNUSED = re.compile(
    r"(^bin/|/tests/|\.pyi$|\.dist-info/(RECORD|INSTALLER|REQUESTED|direct_url\.json)$"
    r"|^numpy/_core/(include|lib)/|^numpy/f2py/src/|\.(a|h|pxd|pyx)$)"
)
# polars and numpy with their bytecode do not fit a Lambda beside `tools`.
WITHOUT_BYTECODE = ("scan",)
_RECIPE = "4"  # raise it when this file changes what a layer holds


def build(name: str, target: Target) -> Archive:
    """The layer `name` of layers/<name>/requirements.txt; built once for a lock and a target."""
    lock = ROOT / "layers" / name / "requirements.txt"
    inputs = [_RECIPE, str(target), lock.read_text(encoding="utf-8")]
    receipt = BUILD / f"{name}-{hashlib.sha256(json.dumps(inputs).encode()).hexdigest()[:16]}.json"
    if (known := _read(receipt)) is not None:
        return known
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        archive = zipped(f"layer-{name}", dict(_install(lock, target, Path(scratch))))
    done = {"path": archive.path.name, "sha256": archive.sha256, "bytes": archive.unzipped_bytes}
    receipt.write_text(json.dumps(done), encoding="utf-8")
    return archive


def _read(receipt: Path) -> Archive | None:
    if not receipt.exists():
        return None
    found = json.loads(receipt.read_text(encoding="utf-8"))
    path = BUILD / found["path"]
    return Archive(path, found["sha256"], found["bytes"]) if claimed(path) else None


def _install(lock: Path, target: Target, folder: Path) -> Iterator[tuple[str, Path | bytes]]:
    options = ("--only-binary", ":all:", "--require-hashes", "--no-deps", "--link-mode", "copy")
    where = ("--target", str(folder), *target.uv_options)
    run(
        f"building layer {lock.parent.name} for Python {target.python} on {target.architecture}",
        ("uv", "pip", "install", "-q", *where, *options, "-r", str(lock)),
    )
    for path in folder.iterdir():
        if path.name.startswith("."):
            path.unlink()
    if target.takes_our_bytecode and lock.parent.name not in WITHOUT_BYTECODE:
        _compile(folder)
    files: Files = {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    for name, file in files.items():
        if not UNUSED.search(name):
            yield f"python/{name}", file


def _compile(folder: Path) -> None:
    """Bytecode that is never checked against its source: a layer's files carry no true times."""
    compileall.compile_dir(
        folder,
        quiet=2,
        stripdir=str(folder),
        prependdir="/opt/python",
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
