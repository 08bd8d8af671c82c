"""The explain layer for this machine, unpacked once, and Lambda's interpreter on it."""

import os
import subprocess
import zipfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.packaging import layers
from infra.packaging.target import named

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".penstock" / "lambda" / "bin" / "python"
CACHE = ROOT / ".penstock" / "cache"


@cache
def _unpacked() -> Path:
    archive = layers.build("explain", named("host"))
    done = CACHE / f"layer-explain-{archive.sha256[:16]}"
    if not done.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=CACHE, ignore_cleanup_errors=True) as scratch:
            with zipfile.ZipFile(archive.path) as opened:
                opened.extractall(Path(scratch) / "layer")
            try:
                (Path(scratch) / "layer").rename(done)
            except OSError:  # another worker was faster
                if not done.exists():
                    raise
    return done / "python"


def run(script: str, *arguments: Path) -> None:
    """Nothing but the layer and our own code is there to be imported."""
    subprocess.run(
        [str(PYTHON), str(ROOT / "tests" / "unit" / script), *map(str, arguments)],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(_unpacked())]),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        check=True,
    )
