"""The native models that were asked for, fetched and checked once while the function lives."""

import tempfile
from functools import lru_cache
from pathlib import Path

from functions.shared.artifacts import Artifacts
from functions.shared.explaining.native import Native
from functions.shared.explaining.service import Find

KEPT = 4  # champion, predecessor, canary, and one that `penstock why` asks for


def finder(artifacts: Artifacts, features_sha256: str) -> Find:
    """Models by their artifact's URI, version and sha256."""

    @lru_cache(maxsize=KEPT)
    def find(uri: str, version_id: str, sha256: str) -> Native:
        with tempfile.TemporaryDirectory() as scratch:
            opened = artifacts.fetch(uri, Path(scratch) / "artifact", version_id, sha256)
            return Native.load(opened.folder, features_sha256=features_sha256)

    return find
