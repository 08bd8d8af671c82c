"""Unpacks a function's code and layers once for each content, for all its workers to share.

MiniStack unpacks code and layers anew for every worker, 170 MB each time for a serving layer.
Upstream: a cache by content hash in `lambda_runtime.Worker._spawn`.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import shutil
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Layout:
    """`code` stands for /var/task, each of `layers` for /opt, in the order of the function."""

    code: Path
    layers: tuple[Path, ...]

    def search_path(self) -> str:
        """As on AWS: code, then layers (a later one hides an earlier), then the runtime's own."""
        tops = [layer / "python" for layer in reversed(self.layers)]
        sites = [site for top in tops for site in sorted(top.glob("lib/python3*/site-packages"))]
        return os.pathsep.join(map(str, [self.code, *sites, *tops]))

    def environment(self) -> dict[str, str]:
        roots = [*reversed(self.layers)]
        binaries = [str(root / "bin") for root in roots] + ["/usr/local/bin", "/usr/bin", "/bin"]
        libraries = [str(root / "lib") for root in roots] + [str(self.code), str(self.code / "lib")]
        return {
            "LAMBDA_TASK_ROOT": str(self.code),
            "PATH": os.pathsep.join(binaries),
            "LD_LIBRARY_PATH": os.pathsep.join(libraries),
            "_LOCALCLOUD_PATH": self.search_path(),
        }


def layout(root: Path, config: dict[str, Any], code_zip: bytes) -> Layout:
    layers = tuple(_layer(root / "layers", reference) for reference in config.get("Layers") or [])
    code = unpack(root / "code", hashlib.sha256(code_zip).hexdigest(), code_zip)
    return Layout(code, layers)


def unpack(folder: Path, name: str, content: bytes) -> Path:
    """The unpacked zip at `folder`/`name`; made in full beside it and renamed, or not at all."""
    target = folder / name
    if target.is_dir():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(dir=folder, prefix=".building-"))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for member in archive.infolist():
                written = archive.extract(member, building)
                if mode := (member.external_attr >> 16) & 0o777:
                    Path(written).chmod(mode | 0o600 | (0o100 if member.is_dir() else 0))
        building.chmod(0o755)
        with contextlib.suppress(OSError):  # another worker was first: its copy is the same
            building.rename(target)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return target


_digests: dict[int, tuple[bytes, str]] = {}


def _layer(folder: Path, reference: str | dict[str, Any]) -> Path:
    from ministack.services import lambda_svc

    content = lambda_svc._resolve_layer_zip(reference)
    if content is None:
        raise RuntimeError(f"the layer {reference} has no content")
    known = _digests.get(id(content))
    if known is None or known[0] is not content:  # hashing 170 MB takes as long as a warm start
        known = _digests[id(content)] = (content, hashlib.sha256(content).hexdigest())
    return unpack(folder, known[1], content)
