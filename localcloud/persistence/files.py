"""The snapshot file: one line that says what it is, then the state; written whole or not at all."""

from __future__ import annotations

import io
import json
import os
import sys
import time
import zlib
from importlib.metadata import version
from pathlib import Path
from typing import Any

from localcloud.config import LocalCloudError
from localcloud.persistence.blobs import Blobs
from localcloud.persistence.pickling import Known, Pickler, Unpickler

FORMAT = 1  # raise it when a kept record of ours changes its shape
SNAPSHOT = "snapshot"


class Corrupt(Exception):
    """It is not what was written; the text says how that was seen."""


def versions() -> dict[str, Any]:
    """What must be the same for a snapshot to be read."""
    return {
        "format": FORMAT,
        "ministack": version("ministack"),
        "moto": version("moto"),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
    }


def write(directory: Path, state: Any, blobs: Blobs, known: Known, made_by: Any) -> None:
    """Replaces the snapshot before it; blobs that nothing refers to any more are removed."""
    buffer = io.BytesIO()
    pickler = Pickler(buffer, blobs, known)
    pickler.dump(state)
    body = buffer.getbuffer()
    head = {"localcloud": made_by, "saved": time.time(), "crc32": zlib.crc32(body)}
    partial = directory / f"{SNAPSHOT}.partial"
    with partial.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)  # it holds keys and secrets
        file.write(json.dumps(head).encode() + b"\n")
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(directory / SNAPSHOT)
    blobs.prune(pickler.used)


def read(directory: Path, blobs: Blobs) -> tuple[Any, float] | None:
    """(the state, when it was saved), or None when there is none.

    Raises Corrupt, and LocalCloudError for a snapshot that another version wrote.
    """
    path = directory / SNAPSHOT
    if not path.exists():
        return None
    line, _, body = path.read_bytes().partition(b"\n")
    try:
        head = json.loads(line)
        wrote, saved, checksum = head["localcloud"], float(head["saved"]), head["crc32"]
    except (ValueError, KeyError, TypeError) as error:
        raise Corrupt("its first line is no header") from error
    if wrote != versions():
        changed = [
            f"{name} {wrote.get(name)} then, {now} now"
            for name, now in versions().items()
            if wrote.get(name) != now
        ]
        raise LocalCloudError(
            f"the state in {directory} was kept by another version ({', '.join(changed)}): "
            "use that version, or remove the directory to begin anew"
        )
    if zlib.crc32(body) != checksum:
        raise Corrupt("its contents do not match their checksum")
    try:
        return Unpickler(io.BytesIO(body), blobs).load(), saved
    except Exception as error:  # whatever unpickling meets: nothing has been applied yet
        raise Corrupt(repr(error)) from error


def set_aside(directory: Path) -> Path:
    """Out of the way, with its blobs, and kept: perhaps somebody can mend it."""
    aside = directory.with_name(f"{directory.name}.corrupt-{time.strftime('%Y%m%d-%H%M%S')}")
    directory.rename(aside)
    return aside
