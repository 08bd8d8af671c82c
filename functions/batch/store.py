"""What batch reads from and writes to AWS."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from functions.batch.errors import ContractsDiffer, NoModel, PredictFailed
from functions.shared import s3, table
from penstock import layout
from penstock.errors import ContractError

BLOCK = 8 * 1024 * 1024
_EXPLAIN_SECONDS = 60  # infra.explain's timeout


@cache
def _lambda(timeout: int) -> Any:
    """Patient: what it waits for is the throttle of an account with few executions."""
    import boto3

    retries = {"mode": "standard", "total_max_attempts": 8}
    return boto3.client("lambda", config=Config(read_timeout=timeout + 5, retries=retries))


@dataclass(frozen=True)
class File:
    """One version of one object."""

    key: str
    version_id: str
    size: int

    @property
    def format(self) -> str:
        """Its suffix."""
        return Path(self.key).suffix.removeprefix(".").lower()


_fetched: dict[File, TemporaryDirectory[str]] = {}


@dataclass(frozen=True)
class Store:
    """One use case's corner of the lake, its rows in the table, and who answers."""

    bucket: str
    table_name: str
    usecase: str
    predict_function: str
    predict_timeout: int
    explain_function: str

    def champion(self) -> dict[str, Any] | None:
        return table.champion(self.table_name, self.usecase)

    def hmac_key(self) -> bytes | None:
        """By which a person is masked in a record; None where no column is personal."""
        row = table.get(self.table_name, f"key#{self.usecase}", "hmac")
        return bytes.fromhex(row["hmac_key"]) if row else None

    def file(self, key: str, version_id: str) -> File:
        """The version that is named, or the newest."""
        version = {"VersionId": version_id} if version_id else {}
        head = s3.client().head_object(Bucket=self.bucket, Key=key, **version)
        return File(key, head.get("VersionId", ""), head["ContentLength"])

    def keys(self, prefix: str) -> list[str]:
        """Every object under a prefix, in order; the console's empty "folders" are none."""
        pages = s3.client().get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=prefix
        )  # fmt: skip
        found = [item["Key"] for page in pages for item in page.get("Contents", [])]
        return [key for key in found if not key.endswith("/")]

    def span(self, file: File, start: int, end: int) -> bytes:
        """The bytes [start, end) of a file."""
        return b"".join(self.blocks(file, start, end)) if end > start else b""

    def blocks(self, file: File, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        if start >= (file.size if end is None else end):
            return
        last = file.size if end is None else end
        version = {"VersionId": file.version_id} if file.version_id else {}
        found = s3.client().get_object(
            Bucket=self.bucket, Key=file.key, Range=f"bytes={start}-{last - 1}", **version
        )
        yield from found["Body"].iter_chunks(BLOCK)

    def local(self, file: File) -> Path:
        """A file on this machine, for as long as the parts that come are of it."""
        if file not in _fetched:
            _fetched.clear()  # which makes room
            folder = TemporaryDirectory()
            with (Path(folder.name) / "file").open("wb") as target:
                for block in self.blocks(file):
                    target.write(block)
            _fetched[file] = folder
        return Path(_fetched[file].name) / "file"

    def write(self, key: str, body: bytes) -> None:
        s3.write(self.bucket, key, body)

    def read(self, key: str) -> bytes:
        return s3.read(self.bucket, key)

    def read_json(self, key: str) -> dict[str, Any] | None:
        return s3.read_json(self.bucket, key)

    def write_first(self, key: str, value: dict[str, Any]) -> dict[str, Any]:
        """Put a JSON object unless there is one; what is there then."""
        try:
            s3.client().put_object(
                Bucket=self.bucket, Key=key, Body=s3.to_json(value), IfNoneMatch="*"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in s3.CONFLICTS:
                raise
        return self.read_json(key) or value

    def uri(self, key: str) -> str:
        return layout.uri(self.bucket, key)

    def predict(self, version: str, request: bytes) -> dict[str, Any]:
        """The answer of that very version, whatever it says. PredictFailed if there is none."""
        client = _lambda(self.predict_timeout)
        try:
            answer = client.invoke(
                FunctionName=self.predict_function, Qualifier=version, Payload=request
            )
        except client.exceptions.ResourceNotFoundException:
            raise NoModel(
                "this version is gone: it was neither champion nor predecessor any more",
                where=f"{self.predict_function}:{version}",
                expected="the champion of today: start the job again",
            ) from None
        return _said(answer, where=f"{self.predict_function}:{version}")

    def scores(self, request: bytes) -> dict[str, Any]:
        """The native model's, by the explain function. PredictFailed if it did not answer."""
        client = _lambda(_EXPLAIN_SECONDS)
        answer = client.invoke(FunctionName=self.explain_function, Payload=request)
        return _said(answer, where=self.explain_function)


def _said(answer: dict[str, Any], where: str) -> dict[str, Any]:
    body = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        why = f"{body.get('errorType')}: {body.get('errorMessage')}"[:300]
        if body.get("errorType") == ContractError.__name__:
            raise ContractsDiffer(why, where=where, expected="the deployed contract: release it")
        raise PredictFailed(why, where=where, expected="an answer")
    return dict(body)
