"""A CSV under raw/ becomes a dataset version and an event; what is wrong is kept with a reason."""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import functions_world as world
import polars as pl
import pytest
from moto import mock_aws

from functions.ingest import handler as ingest
from functions.ingest.store import Store
from functions.shared import bus as shared_bus
from functions.shared import s3


class Bus:
    """EventBridge as far as ingest speaks to it (moto's delivers to nobody who could be asked)."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.refuses = False

    def put_events(self, Entries: list[dict[str, str]]) -> dict[str, Any]:
        if self.refuses:
            return {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException"}]}
        for entry in Entries:
            assert (entry["Source"], entry["DetailType"]) == ("penstock", "Dataset Ready")
            self.taken.append(json.loads(entry["Detail"]))
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}


@pytest.fixture(autouse=True)
def bus(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Bus]:
    with mock_aws():
        world.build_aws(monkeypatch, world.write_usecase(tmp_path / "usecase"))
        bus = Bus()
        monkeypatch.setattr(shared_bus, "client", lambda: bus)
        yield bus


def upload(name: str, body: bytes) -> dict[str, Any]:
    """Put a file into raw/; EventBridge's event of it."""
    key = f"raw/{world.NAME}/{name}"
    put = boto3.client("s3").put_object(Bucket=world.LAKE, Key=key, Body=body)
    item = {"key": key, "version-id": put["VersionId"]}
    return {"detail": {"bucket": {"name": world.LAKE}, "object": item}}


def latest() -> Any:
    return world.read_json(world.LAKE, f"curated/{world.NAME}/latest.json")


def test_a_file_becomes_a_part_a_manifest_and_an_event(bus: Bus) -> None:
    table = world.rows(20)
    table[3]["amount"] = "1000"
    report = ingest.handler(upload("a.csv", world.to_csv(table)), world.CONTEXT)
    assert (report["rows_read"], report["rows_accepted"], report["rows_rejected"]) == (20, 19, 1)
    manifest = latest()
    part = manifest["parts"][0]
    frame = pl.read_parquet(io.BytesIO(world.read(world.LAKE, part["key"])))
    assert frame.columns == world.HEADER
    assert frame.height == part["rows"] == manifest["rows"] == 19
    named = f"curated/{world.NAME}/datasets/{manifest['version']}.json"
    assert world.read_json(world.LAKE, named) == manifest
    assert bus.taken == [
        {
            "environment": "dev",
            "usecase": world.NAME,
            "dataset_version": manifest["version"],
            "manifest_uri": f"s3://{world.LAKE}/{named}",
            "rows": 19,
        }
    ]


def test_a_rejected_row_is_kept_as_it_came_with_its_line_and_reason() -> None:
    table = world.rows(20)
    table[3]["amount"] = "1000"
    ingest.handler(upload("a.csv", world.to_csv(table)), world.CONTEXT)
    csv_key, report_key = world.keys(world.LAKE, f"rejected/{world.NAME}/")
    (row,) = pl.read_csv(world.read(world.LAKE, csv_key), infer_schema=False).to_dicts()
    assert row["loan_id"] == "L3"
    assert row["reject_row"] == "5"
    expected = "a finite number from -100 to 100"
    assert row["reject_reason"] == f"amount: got '1000', expected {expected}"
    reasons = world.read_json(world.LAKE, report_key)["reasons"]
    assert reasons == {f"amount: expected {expected}": 1}


def test_the_same_file_again_changes_nothing_and_says_nothing(bus: Bus) -> None:
    body = world.to_csv(world.rows(20))
    ingest.handler(upload("a.csv", body), world.CONTEXT)
    before = latest()
    ingest.handler(upload("again.csv", body), world.CONTEXT)
    assert latest() == before
    assert len(bus.taken) == 1


def test_a_second_file_makes_a_version_of_both(bus: Bus) -> None:
    ingest.handler(upload("a.csv", world.to_csv(world.rows(20))), world.CONTEXT)
    first = latest()
    ingest.handler(upload("b.csv", world.to_csv(world.rows(10, start=20))), world.CONTEXT)
    second = latest()
    assert second["version"] != first["version"]
    assert [p["source_key"].rsplit("/")[-1] for p in second["parts"]] == ["a.csv", "b.csv"]
    assert second["rows"] == 30
    assert [e["dataset_version"] for e in bus.taken] == [first["version"], second["version"]]


def test_a_file_that_arrives_in_the_middle_of_another_is_not_lost(
    monkeypatch: pytest.MonkeyPatch, bus: Bus
) -> None:
    """Between the read and the write of latest.json another file gets in: both are there."""
    first, second = (
        upload(name, world.to_csv(world.rows(10, start))) for name, start in (("a", 0), ("b", 10))
    )
    honest, meanwhile = Store._latest, [second]

    def read_then_someone_else_writes(self: Store) -> Any:
        seen = honest(self)
        if meanwhile:
            ingest.handler(meanwhile.pop(), world.CONTEXT)
        return seen

    monkeypatch.setattr(Store, "_latest", read_then_someone_else_writes)
    ingest.handler(first, world.CONTEXT)
    names = [p["source_key"].rsplit("/")[-1] for p in latest()["parts"]]
    assert names == ["b", "a"]
    assert bus.taken[-1]["dataset_version"] == latest()["version"]


def test_an_event_that_could_not_be_sent_is_sent_by_the_retry(bus: Bus) -> None:
    """The function fails between the dataset and its event; Lambda runs it again."""
    event = upload("a.csv", world.to_csv(world.rows(20)))
    bus.refuses = True
    with pytest.raises(RuntimeError, match="Throttling"):
        ingest.handler(event, world.CONTEXT)
    bus.refuses = False
    ingest.handler(event, world.CONTEXT)
    assert [e["dataset_version"] for e in bus.taken] == [latest()["version"]]
    ingest.handler(event, world.CONTEXT)
    assert len(bus.taken) == 1


@pytest.mark.parametrize(
    ("body", "error", "says"),
    [
        (b"", "EmptyFile", "an empty file"),
        (b"loan_id,amount\n1,2\n", "HeaderRefused", "missing ['age', 'plan'"),
        (world.to_csv(world.rows(2)).replace(b"true", b"tr\xfce"), "UnreadableFile", "utf-8"),
        (world.to_csv([world.rows(1)[0] | {"amount": "x"}]), "EmptyDataset", "all 1 rows"),
    ],
)
def test_a_refused_file_leaves_a_report_and_no_dataset(
    bus: Bus, body: bytes, error: str, says: str
) -> None:
    event = upload("bad.csv", body)
    with pytest.raises(Exception, match="expected") as raised:
        ingest.handler(event, world.CONTEXT)
    assert type(raised.value).__name__ == error
    (report,) = [k for k in world.keys(world.LAKE, "rejected/") if k.endswith(".json")]
    assert says in world.read_json(world.LAKE, report)["refused"]
    assert says in str(raised.value)
    assert world.keys(world.LAKE, "curated/") == []
    assert bus.taken == []
    assert s3.read(world.LAKE, event["detail"]["object"]["key"]) == body


def test_the_version_of_the_event_is_read_not_the_newest() -> None:
    event = upload("a.csv", world.to_csv(world.rows(20)))
    upload("a.csv", world.to_csv(world.rows(7)))
    assert ingest.handler(event, world.CONTEXT)["rows_read"] == 20


def test_rejected_rows_are_one_metric_of_the_use_case(capsys: pytest.CaptureFixture[str]) -> None:
    table = world.rows(5)
    table[0]["plan"] = "z"
    ingest.handler(upload("a.csv", world.to_csv(table)), world.CONTEXT)
    (emf,) = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    (block,) = emf["_aws"]["CloudWatchMetrics"]
    assert block["Namespace"] == "Penstock"
    assert block["Dimensions"] == [["usecase"]]
    assert emf["rows_rejected"] == [1.0]
    assert emf["usecase"] == world.NAME


def test_a_folder_of_the_console_is_no_file() -> None:
    assert ingest.handler(upload("", b""), world.CONTEXT) == {}
    assert world.keys(world.LAKE, "rejected/") == []
