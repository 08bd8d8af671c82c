"""What was built and is used no more goes, when something new of its kind is built."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# Longer than any synthesis takes from finding an archive to having copied it into its assembly.
UNUSED_SECONDS = 3600.0
_HASH = "[0-9a-f]" * 16


def claimed(path: Path) -> bool:
    """Whether it is there; if it is, it stays for an hour from now, whoever prunes."""
    if not path.parent.exists():
        return False
    with _locked(path.parent, fcntl.LOCK_SH):
        try:
            os.utime(path)
        except FileNotFoundError:
            return False
    return True


def prune(folder: Path, kind: str) -> None:
    """The archives of `kind` (`<kind>-<hash>...`) that nobody has claimed for an hour, and what an
    interrupted build left."""
    last = time.time() - UNUSED_SECONDS
    with _locked(folder, fcntl.LOCK_EX):
        for pattern in (f"{kind}-{_HASH}.*", "*.unfinished"):
            for path in folder.glob(pattern):
                with suppress(FileNotFoundError):  # a build was finished just now
                    if path.stat().st_mtime < last:
                        path.unlink()


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Nobody claims while somebody prunes."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, how)
        yield
