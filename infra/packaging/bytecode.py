"""Bytecode of our own modules: Lambda cannot keep any, and would compile at every cold start."""

import py_compile
import sys
import tempfile
from functools import cache
from pathlib import Path

from infra.packaging.archive import Derive, Files, read

TASK_ROOT = "/var/task"  # where a function's package lies, for tracebacks
TAG = sys.implementation.cache_tag


def compiled(files: Files) -> Files:
    """The same files, and for each module its bytecode for this interpreter's minor version."""
    made: dict[str, Path | bytes] = dict(files)
    for name in (n for n in files if n.endswith(".py")):
        place = Path(name)  # not cache_from_source: it would follow this process's own cache
        cached = str(place.parent / "__pycache__" / f"{place.stem}.{TAG}.pyc")
        made[cached] = _bytecode(name, read(files[name]))
    return made


COMPILED = Derive(f"bytecode {TAG}", compiled)


@cache
def _bytecode(name: str, source: bytes) -> bytes:
    """Never checked against its source: what lies in a package has no true times."""
    with tempfile.TemporaryDirectory() as scratch:
        module = Path(scratch) / "module.py"
        module.write_bytes(source)
        cached = py_compile.compile(
            str(module),
            cfile=f"{module}c",
            dfile=f"{TASK_ROOT}/{name}",
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
        return Path(str(cached)).read_bytes()
