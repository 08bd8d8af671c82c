"""A file in labels/ becomes labelled answers, a count and an event; what waits is tried again."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import functions_world as world
import polars as pl
import pytest
from moto import mock_aws

from functions.labels import handler as labels
from functions.labels.errors import LabelsRefused
from functions.shared import bus as shared_bus
from functions.shared import s3
from penstock import layout

ID = f"{datetime.now(UTC):%Y%m%d}-{'a' * 24}"


class Bus:
    """EventBridge as far as labels speak to it."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []

    def put_events(self, Entries: list[dict[str, str]]) -> dict[str, Any]:
        for entry in Entries:
            assert (entry["Source"], entry["DetailType"]) == ("penstock", "Labels Joined")
            self.taken.append(json.loads(entry["Detail"]))
        return {"FailedEntryCount": 0}


@pytest.fixture(autouse=True)
def bus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Bus]:
    with mock_aws():
        folder = world.write_usecase(tmp_path / "usecase", labels={"wait_days": 2})
        world.build_aws(monkeypatch, folder)
        bus = Bus()
        monkeypatch.setattr(shared_bus, "client", lambda: bus)
        yield bus


def record() -> None:
    """An answer's record arrives."""
    at = datetime.now(UTC) - timedelta(minutes=1)
    made = io.BytesIO()
    pl.DataFrame(
        [
            {
                "prediction_id": ID,
                "prediction_time": f"{at:%Y-%m-%dT%H:%M:%S}.000+00:00",
                "model_package": "arn:package/1",
                "function_version": "4",
                "row_id": "L1",
                "score": 0.9,
                "refused": False,
                "amount": 1.5,
            }
        ]
    ).write_parquet(made)
    key = f"{layout.predictions_hour(world.NAME, datetime.now(UTC))}one.parquet"
    boto3.client("s3").put_object(Bucket=world.LAKE, Key=key, Body=made.getvalue())


def upload(name: str, body: bytes) -> dict[str, Any]:
    """Put a file into labels/; EventBridge's event of it."""
    key = f"{layout.labels_prefix(world.NAME)}{name}"
    put = boto3.client("s3").put_object(Bucket=world.LAKE, Key=key, Body=body)
    return {"detail": {"object": {"key": key, "version-id": put["VersionId"]}}}


def run(event: dict[str, Any]) -> dict[str, Any]:
    return labels.handler(event, world.CONTEXT)


def test_a_label_is_joined_counted_and_announced(bus: Bus) -> None:
    record()
    result = run(upload("a.csv", f"prediction_id,outcome\n{ID},paid\n".encode()))
    assert (result["joined"], result["total"], result["waiting"]) == (1, 1, 0)
    (key,) = world.keys(world.LAKE, layout.labelled_prefix(world.NAME))
    (row,) = pl.read_parquet(io.BytesIO(world.read(world.LAKE, key))).iter_rows(named=True)
    assert (row["outcome"], row["score"], row["amount"], row["plan"]) == (1, 0.9, 1.5, None)
    told = {"environment": "dev", "usecase": world.NAME, "joined": 1, "total": 1}
    assert bus.taken[0].items() >= told.items()
    counters = boto3.client("dynamodb").get_item(
        TableName=world.TABLE,
        Key={"pk": {"S": f"labels#{world.NAME}"}, "sk": {"S": "counters"}},
    )["Item"]
    assert counters["joined_total"]["S"] == "1"


def test_what_waits_is_tried_again_by_the_clock_and_leaves_nothing_behind(bus: Bus) -> None:
    waiting = run(upload("a.csv", f"prediction_id,outcome\n{ID},lost\n".encode()))
    assert (waiting["joined"], waiting["waiting"]) == (0, 1)
    assert bus.taken == []
    record()
    assert run({})["joined"] == 1
    assert world.keys(world.LAKE, layout.pending_prefix(world.NAME)) == []
    assert run({})["joined"] == 0
    assert len(bus.taken) == 1


def test_a_file_that_is_none_fails_so_that_somebody_is_told_and_joins_the_rest(bus: Bus) -> None:
    run(upload("a.csv", f"prediction_id,outcome\n{ID},lost\n".encode()))
    record()
    with pytest.raises(LabelsRefused, match="expected outcome, and prediction_id or loan_id"):
        run(upload("b.csv", b"something,else\n1,2\n"))
    assert bus.taken[0]["joined"] == 1


def test_a_folder_is_no_file() -> None:
    assert run(upload("2026/", b""))["joined"] == 0


def test_an_object_is_replaced_only_as_it_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever was first is seen by the second, and neither is lost; without end it is an error."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    calls = 0

    def add(letter: bytes, body: bytes | None) -> bytes | None:
        nonlocal calls
        calls += 1
        if calls in (1, 3):  # a rival comes between reading and writing: to none, then to one
            before = world.read(world.LAKE, "x") if body else b""
            boto3.client("s3").put_object(Bucket=world.LAKE, Key="x", Body=before + b"rival,")
        return (body or b"") + letter

    s3.update(world.LAKE, "x", lambda body: add(b"a,", body))
    s3.update(world.LAKE, "x", lambda body: add(b"b,", body))
    assert world.read(world.LAKE, "x") == b"rival,a,rival,b,"
    s3.update(world.LAKE, "x", lambda _: None)

    def always(body: bytes | None) -> bytes:
        boto3.client("s3").put_object(Bucket=world.LAKE, Key="x", Body=(body or b"") + b".")
        return b"never"

    with pytest.raises(s3.Busy, match="changed 20 times"):
        s3.update(world.LAKE, "x", always)
