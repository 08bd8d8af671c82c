"""A trigger becomes three sides of a dataset version, or a named refusal; it is written down."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import functions_world as world
import numpy as np
import polars as pl
import pytest
from moto import mock_aws

from functions.ingest.service import Source, ingest
from functions.ingest.store import Store as IngestStore
from functions.prepare import handler as prepare_handler
from functions.prepare.errors import CoolingDown, DatasetDamaged, NoDataset, UnknownTrigger
from functions.prepare.service import prepare
from functions.prepare.store import Store
from functions.shared import table, usecase

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:Train:run-{}"


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    with mock_aws():
        world.build_aws(monkeypatch, world.write_usecase(tmp_path / "usecase"))
        yield


def fill(n: int = 300, start: int = 0) -> str:
    """Ingest a file; the dataset version that it made."""
    key = f"raw/{world.NAME}/{start}.csv"
    body = world.to_csv(world.rows(n, start))
    boto3.client("s3").put_object(Bucket=world.LAKE, Key=key, Body=body)
    lake = IngestStore(world.LAKE, world.NAME, "dev")
    assert ingest(Source(key, ""), usecase.load(), lake, "now").new
    return str(world.read_json(world.LAKE, f"curated/{world.NAME}/latest.json")["version"])


def run(trigger: str, number: int = 1, now: datetime = NOW, **more: str) -> dict[str, Any]:
    event = {"request": {"trigger": trigger, **more}, "execution": EXECUTION.format(number)}
    store = Store(world.LAKE, world.TABLE, world.NAME)
    return prepare(event, usecase.load(), store, now, "c0ffee")


def trainings() -> list[str]:
    key = {"#pk": "pk"}, {":pk": {"S": f"training#{world.NAME}"}}
    found = boto3.client("dynamodb").query(
        TableName=world.TABLE,
        KeyConditionExpression="#pk = :pk",
        ExpressionAttributeNames=key[0],
        ExpressionAttributeValues=key[1],
    )
    return [item["sk"]["S"] for item in found["Items"]]


def test_the_newest_dataset_becomes_three_sides() -> None:
    version = fill()
    out = run("dataset")
    prefix = f"prepared/{world.NAME}/{version}/"
    assert out == {
        "usecase": world.NAME,
        "dataset_version": version,
        "train_uri": f"s3://{world.LAKE}/{prefix}train/",
        "validation_uri": f"s3://{world.LAKE}/{prefix}validation/",
        "holdout_uri": f"s3://{world.LAKE}/{prefix}holdout/holdout.npz",
        "recent_uri": "",
        "recent_why": "the use case reads no labels",
        "job_name_base": f"{world.NAME}-20261120-120000-c0ffee",
        "rows": out["rows"],
        "trigger": "dataset",
        "reason": f"dataset {version}",
    }
    train = pl.read_parquet(io.BytesIO(world.read(world.LAKE, f"{prefix}train/part.parquet")))
    assert train.columns == world.HEADER
    assert train["plan"].null_count() == 0
    assert (train["plan"] == "").any()
    with np.load(io.BytesIO(world.read(world.LAKE, f"{prefix}holdout/holdout.npz"))) as holdout:
        assert len(holdout["__target__"]) == out["rows"]["holdout"]
        assert not set(holdout["__id__"].tolist()) & set(train["loan_id"])
    report = world.read_json(world.LAKE, f"{prefix}split.json")
    assert report["rows"] == out["rows"]
    assert sum(out["rows"].values()) == 300


def test_a_named_version_is_prepared_though_a_newer_one_is_there() -> None:
    first = fill()
    fill(100, start=300)
    out = run("dataset", dataset_version=first)
    assert out["dataset_version"] == first
    assert sum(out["rows"].values()) == 300


def test_the_same_version_twice_gives_the_same_bytes() -> None:
    version = fill()
    keys = [
        f"prepared/{world.NAME}/{version}/{side}/part.parquet" for side in ("train", "validation")
    ]
    keys.append(f"prepared/{world.NAME}/{version}/holdout/holdout.npz")
    run("manual", 1)
    before = [world.read(world.LAKE, key) for key in keys]
    run("manual", 2, NOW + timedelta(hours=1))
    assert [world.read(world.LAKE, key) for key in keys] == before


def test_drift_waits_for_the_cool_down_and_new_data_does_not() -> None:
    fill()
    run("dataset", 1)
    run("drift", 2, NOW + timedelta(hours=5))
    run("dataset", 3, NOW + timedelta(hours=6))
    with pytest.raises(CoolingDown):
        run("drift", 4, NOW + timedelta(hours=10))
    run("drift", 5, NOW + timedelta(hours=11))
    assert len(trainings()) == 6  # four runs and two marks: a refused one is no training


def test_a_retry_of_the_same_execution_does_not_wait_for_itself() -> None:
    fill()
    run("drift", 1)
    run("drift", 1, NOW + timedelta(minutes=1))
    assert trainings() == ["2026-11-20T12:00:00.000+00:00#run-1", "last-retraining"]


def test_of_two_drifts_at_once_one_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    """The alarm's event and the reconciler start together; both read before either writes."""
    fill()
    honest, meanwhile = table.last_training, [2]

    def read_then_someone_else_claims(*args: str) -> Any:
        seen = honest(*args)
        if meanwhile:
            run("drift", meanwhile.pop())
        return seen

    monkeypatch.setattr(table, "last_training", read_then_someone_else_claims)
    with pytest.raises(CoolingDown):
        run("drift", 1)
    assert trainings() == ["2026-11-20T12:00:00.000+00:00#run-2", "last-retraining"]


def test_no_dataset_and_no_such_version_are_said() -> None:
    with pytest.raises(NoDataset, match=r"no dataset yet .* ingested from raw/"):
        run("manual")
    with pytest.raises(NoDataset, match="version beef is not there"):
        run("dataset", dataset_version="beef")
    assert trainings() == []


def test_a_part_that_was_changed_is_noticed() -> None:
    version = fill()
    (key,) = world.keys(world.LAKE, f"curated/{world.NAME}/parts/")
    boto3.client("s3").put_object(Bucket=world.LAKE, Key=key, Body=b"other")
    with pytest.raises(DatasetDamaged, match=f"as dataset {version} says"):
        run("manual")


def test_an_unknown_trigger_is_refused() -> None:
    with pytest.raises(UnknownTrigger, match="one of dataset, drift, labels, schedule, manual"):
        run("boredom")


def test_the_handlers_job_names_are_new_each_time_and_short_enough() -> None:
    fill()
    events = [
        {"request": {"trigger": "manual"}, "execution": EXECUTION.format(n)} for n in range(2)
    ]
    names = {prepare_handler.handler(e, world.CONTEXT)["job_name_base"] for e in events}
    assert len(names) == 2
    assert all(len(name) <= 50 for name in names)
