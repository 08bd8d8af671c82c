"""Keeps a prefix of S3 as a job's folder is while it runs: checkpoints, and continuous outputs."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.sagemaker.channels import fetch, put
from localcloud.sagemaker.failure import JobFailure
from localcloud.sagemaker.sources import objects, split

log = logging.getLogger(__name__)

_SECONDS = 1.0


class Mirror:
    """One folder, from `start` to `close`; a file that is gone from it stays in S3, as on AWS.

    `what` is the word for it in a failure's reason."""

    def __init__(self, s3: Any, folder: Path, uri: str, what: str, key: str | None = None) -> None:
        self._s3, self._folder, self._uri, self._what, self._key = s3, folder, uri, what, key
        self._known: dict[Path, tuple[int, int]] = {}
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def restore(self) -> None:
        """What S3 holds already, as a restarted job finds it."""
        try:
            for bucket, key, path in objects(self._s3, {"S3Uri": self._uri}):
                fetch(self._s3, bucket, key, self._folder / path)
        except (ClientError, BotoCoreError) as error:
            raise JobFailure(f"ClientError: {self._what} download failed:{error}") from error
        self._known = {path: _mark(path) for path in self._files()}

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """What was written since the last look; fails the job if S3 refuses it."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join()
        try:
            self._write()
        except (ClientError, BotoCoreError) as error:
            raise JobFailure(f"ClientError: {self._what} upload failed:{error}") from error

    def _follow(self) -> None:
        while not self._closed.wait(_SECONDS):
            try:
                self._write()
            except (ClientError, BotoCoreError, OSError) as error:
                log.warning("checkpoints of %s: %s", self._folder, error)

    def _write(self) -> None:
        bucket, prefix = split(self._uri)
        for path in self._files():
            mark = _mark(path)
            if self._known.get(path) != mark:
                name = f"{prefix.rstrip('/')}/{path.relative_to(self._folder)}".lstrip("/")
                put(self._s3, path, bucket, name, self._key)
                self._known[path] = mark

    def _files(self) -> list[Path]:
        return [path for path in self._folder.rglob("*") if path.is_file()]


def _mark(path: Path) -> tuple[int, int]:
    facts = path.stat()
    return facts.st_mtime_ns, facts.st_size
