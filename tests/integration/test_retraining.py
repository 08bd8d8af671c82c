"""The loop: trainings that nobody asked for are counted, capped, and stop themselves."""

import io
import json
import threading
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
from functions.prepare.errors import CoolingDown, LoopPaused, MonthlyCap
from functions.prepare.service import prepare
from functions.prepare.store import Store
from functions.shared import table, usecase
from penstock import layout, loop

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:Train:run-{}"
RULES = {"on": ["dataset", "drift"], "cool_down_hours": 6, "max_per_month": 3}


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    with mock_aws():
        folder = world.write_usecase(tmp_path / "usecase", retraining=RULES, labels={})
        world.build_aws(monkeypatch, folder)
        key = f"raw/{world.NAME}/1.csv"
        body = world.to_csv(world.rows(300))
        boto3.client("s3").put_object(Bucket=world.LAKE, Key=key, Body=body)
        lake = IngestStore(world.LAKE, world.NAME, "dev")
        ingest(Source(key, ""), usecase.load(), lake, "now")
        yield


def run(trigger: str, number: int, days: float = 0, **more: str) -> dict[str, Any]:
    event = {"request": {"trigger": trigger, **more}, "execution": EXECUTION.format(number)}
    store = Store(world.LAKE, world.TABLE, world.NAME)
    now = NOW + timedelta(days=days)
    return prepare(event, usecase.load(), store, now, f"{number:06x}")


def release(out: dict[str, Any]) -> None:
    """What a training made becomes the champion."""
    job = f"{out['job_name_base']}-0"
    world.put_row(f"champion#{world.NAME}", "current", version="5", training_job=job)


def row() -> dict[str, str] | None:
    return table.get(world.TABLE, f"training#{world.NAME}", loop.LOOP)


def test_a_loop_that_gets_no_better_stops_itself_and_a_person_opens_it() -> None:
    run("drift", 1, days=0)
    run("drift", 2, days=1)
    for day in (2, 3):
        with pytest.raises(LoopPaused, match="2 trainings in a row released nothing better"):
            run("drift", 3, days=day)
    held = row()
    assert held is not None
    assert (held["state"], held["since"]) == ("paused", "2026-11-04T12:00:00+00:00")
    run("manual", 4, days=3.5, by="ann")
    opened = row()
    assert opened is not None
    assert (opened["state"], opened["why"]) == ("open", "asked for by ann")
    run("drift", 5, days=4)


def test_a_loop_that_releases_goes_on() -> None:
    for number in range(3):
        release(run("drift", number, days=number))
    assert row() is None


def test_a_month_has_its_cap_which_new_data_and_people_do_not_count_for() -> None:
    for number in range(3):
        release(run("drift", number, days=number))
    with pytest.raises(MonthlyCap, match="3 trainings that nobody asked for in 2026-11"):
        run("drift", 3, days=4)
    run("dataset", 4, days=4)
    run("manual", 5, days=4)
    held = row()
    assert held is not None
    assert (held["state"], held["until"]) == ("capped", "2026-12-01T00:00:00+00:00")
    with pytest.raises(MonthlyCap):
        run("drift", 6, days=5)
    assert row() == held
    run("drift", 7, days=30)
    assert (row() or {})["state"] == "open"


def test_two_alarms_at_once_start_one_training() -> None:
    """Each in its own thread, which both read before either writes, as far as threads can."""
    gate, ended = threading.Barrier(2), dict[int, str]()

    def one(number: int) -> None:
        gate.wait()
        try:
            ended[number] = run("drift", number)["trigger"]
        except CoolingDown:
            ended[number] = "cooling down"

    threads = [threading.Thread(target=one, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended.values()) == ["cooling down", "drift"]


def test_a_retry_of_an_execution_keeps_its_jobs_name_and_reason() -> None:
    first = run("drift", 1)
    event = {"request": {"trigger": "drift"}, "execution": EXECUTION.format(1)}
    store = Store(world.LAKE, world.TABLE, world.NAME)
    again = prepare(event, usecase.load(), store, NOW + timedelta(minutes=1), "ffffff")
    assert again == first


def joined(total: int) -> None:
    world.put_row(f"labels#{world.NAME}", "counters", joined_total=str(total), days="{}")


def test_labels_are_counted_from_the_newest_training_on() -> None:
    joined(500)
    assert table.new_labels(world.TABLE, world.NAME) == (500, 500)
    assert run("labels", 1)["reason"] == "500 new labels"
    joined(620)
    assert table.new_labels(world.TABLE, world.NAME) == (620, 120)
    run("manual", 2, days=1)
    assert table.new_labels(world.TABLE, world.NAME) == (620, 0)


def test_an_alarms_training_says_what_the_monitor_found() -> None:
    since = "2026-11-02T11:00:00+00:00"
    report = {"findings": [{"kind": "drift", "name": "amount", "why": "", "since": since}]}
    body = json.dumps(report).encode()
    key = layout.latest_monitoring_key(world.NAME, "json")
    boto3.client("s3").put_object(Bucket=world.LAKE, Key=key, Body=body)
    out = run("drift", 1)
    assert out["reason"] == "drift: amount since 2026-11-02T11:00"
    kept = table.last_training(world.TABLE, world.NAME)
    assert kept is not None
    assert kept["reason"] == out["reason"]


def label(rows: list[dict[str, Any]], day: str = "2026-11-01") -> None:
    frame = pl.DataFrame(
        {
            "prediction_id": [f"{day}-{i}" for i in range(len(rows))],
            "prediction_time": [f"{day}T10:00:00.{i:03}+00:00" for i in range(len(rows))],
            "row_id": [r["loan_id"] for r in rows],
            "score": [0.5] * len(rows),
            "outcome": [int(r["outcome"] == "paid") for r in rows],
            "amount": [r["amount"] for r in rows],
            "age": [None if r["age"] == "" else float(r["age"]) for r in rows],
            "plan": [r["plan"] or None for r in rows],
            "active": [float(r["active"] == "true") for r in rows],
        }
    )
    body = io.BytesIO()
    frame.write_parquet(body)
    key = layout.labelled_key(world.NAME, day)
    boto3.client("s3").put_object(Bucket=world.LAKE, Key=key, Body=body.getvalue())


def test_the_newest_labelled_answers_are_prepared_but_none_that_training_has_seen() -> None:
    """Of 300 rows that were trained on, held out or both asked about, only strangers count."""
    strangers = world.rows(100, start=1000)
    label(world.rows(300) + strangers + strangers[:10])
    out = run("manual", 1)
    with np.load(world_file(out["recent_uri"])) as found:
        ids, truth = set(found["__id__"].tolist()), found["__target__"]
        size = len(found["__id__"])
    assert {r["loan_id"] for r in strangers} <= ids
    assert size == len(ids)
    learned = out["rows"]["train"] + out["rows"]["validation"]
    assert size == 400 - learned
    assert 0 < truth.sum() < size
    assert out["recent_why"] == f"{size} labelled answers of the last 28 days"


def test_too_few_or_too_old_labels_are_said_and_not_used() -> None:
    label(world.rows(30, start=1000))
    label(world.rows(300, start=2000), day="2026-09-01")
    out = run("manual", 1)
    assert out["recent_uri"] == ""
    assert "20 are needed" in out["recent_why"]


def world_file(uri: str) -> Any:
    bucket, key = layout.split_uri(uri)
    return io.BytesIO(world.read(bucket, key))
