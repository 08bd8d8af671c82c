"""A peer's own interpreter, made by uv from its locked file: peers want versions that clash."""

import hashlib
import sys
from pathlib import Path

from infra.packaging.installer import run

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ROOT / "benchmarks" / "peers"
MADE = ROOT / ".penstock" / "peers"


def python(name: str, *locks: Path) -> Path:
    """The interpreter with what peers/<name>.txt (or other locks) names; made once for them.

    Bytecode is compiled as it is installed, so that no first start pays for it.
    """
    named = locks or (LOCKS / f"{name}.txt",)
    digest = hashlib.sha256(b"".join(lock.read_bytes() for lock in named))
    home = MADE / f"{name}-{digest.hexdigest()[:12]}"
    interpreter = home / "bin" / "python"
    if (home / "done").exists():
        return interpreter
    made = ("uv", "venv", "--clear", "-q", "-p", sys.executable, str(home))
    run(f"creating {name}'s environment", made)
    install = ("uv", "pip", "install", "-q", "--no-deps", "--require-hashes", "--compile-bytecode")
    files = [word for lock in named for word in ("-r", str(lock))]
    run(f"installing {name}", (*install, "--python", str(interpreter), *files))
    (home / "done").touch()
    return interpreter


def megabytes(interpreter: Path) -> float:
    """What the environment holds beside Python itself, without bytecode."""
    packages = next(interpreter.parents[1].glob("lib/python*/site-packages"))
    files = (path for path in packages.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sum(path.stat().st_size for path in files) / 1e6
