"""A dataset version: a list of parts, named by the hash of their content."""

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

Manifest = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """One accepted file. `sha256` is of the Parquet, not of the CSV that it came from."""

    key: str
    rows: int
    sha256: str
    source_key: str
    source_version_id: str


def with_part(current: Manifest | None, usecase: str, part: Part, created: str) -> Manifest:
    """The manifest with the part at its end, or at its old place if it only changed.

    The same part again gives back `current` itself: no new version for a file sent twice.
    """
    parts: list[dict[str, Any]] = list(current["parts"]) if current else []
    place = next((i for i, known in enumerate(parts) if known["key"] == part.key), len(parts))
    if current and place < len(parts) and parts[place]["sha256"] == part.sha256:
        return current
    parts[place : place + 1] = [asdict(part)]
    return {
        "usecase": usecase,
        "version": version([p["sha256"] for p in parts]),
        "parts": parts,
        "rows": sum(p["rows"] for p in parts),
        "created": created,
    }


def version(part_hashes: list[str]) -> str:
    """16 hex digits over the parts in their order, since for one id the last row wins."""
    return hashlib.sha256("\n".join(part_hashes).encode()).hexdigest()[:16]
