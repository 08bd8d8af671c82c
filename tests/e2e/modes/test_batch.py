"""Mode batch: files in the lake, scored part by part through Step Functions, every row once."""

import io
import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.console import Console

from cli.batch import Job
from cli.demo import watch
from cli.demo.rows import as_csv
from cli.demo.story import Story
from cli.errors import CommandError
from cli.instances import instance
from penstock import layout
from penstock.explanation import TOLERANCE

ROWS, BROKEN = 3000, (0, 999, 1000, 1777, 2999)


@pytest.fixture(scope="module")
def batch(stories: dict[str, Story]) -> Story:
    return stories["batch"]


def many(story: Story, count: int, seed: int) -> list[dict[str, str]]:
    """Rows of the use case, again and again, each with an id of its own."""
    dice, source = random.Random(seed), story.source.rows
    return [{**dice.choice(source), story.contract.row_id: f"r{i:05}"} for i in range(count)]


def lake(story: Story, prefix: str) -> list[str]:
    pages = story.aws("s3").get_paginator("list_objects_v2")
    found = pages.paginate(Bucket=story.deployed.lake_bucket, Prefix=prefix)
    return [item["Key"] for page in found for item in page.get("Contents", [])]


def frames(story: Story, prefix: str) -> pl.DataFrame:
    """Every Parquet file under a prefix, in the order of the keys."""
    s3, bucket = story.aws("s3"), story.deployed.lake_bucket
    keys = [key for key in lake(story, prefix) if key.endswith(".parquet")]
    bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys]
    return pl.concat(pl.read_parquet(io.BytesIO(body)) for body in bodies)


def live(story: Story, rows: list[dict[str, str]]) -> list[float]:
    """What a caller of `live` is told."""
    request = {"instances": [instance(row, story.contract) for row in rows]}
    answer = story.aws("lambda").invoke(
        FunctionName=story.deployed.predict_function_name,
        Qualifier=story.deployed.predict_alias,
        Payload=json.dumps(request).encode(),
    )
    return [one["score"] for one in json.loads(answer["Payload"].read())["predictions"]]


def test_a_file_that_is_dropped_is_scored_by_itself(batch: Story) -> None:
    """3,000 rows of which 5 break the contract: an answer each, in their order, and its record."""
    good = many(batch, ROWS, 1)
    table = [dict(row) for row in good]
    first = batch.contract.columns[0].name
    for i in BROKEN:
        table[i][first] = "ten"
    key = f"{layout.batch_prefix(batch.name, 'in')}dropped.csv"
    bucket = batch.deployed.lake_bucket
    batch.aws("s3").put_object(Bucket=bucket, Key=key, Body=as_csv(table))

    def reported() -> dict[str, Any] | None:
        done = [k for k in lake(batch, layout.batch_prefix(batch.name, "out")) if "_SUCCESS" in k]
        key = f"{done[0].rpartition('/')[0]}/report.json" if done else ""
        return watch.read_json(batch, bucket, key) if done else None

    report = watch.until(reported, "the job's report", within=60)
    counts = [report[name] for name in ("rows_in", "rows_out", "scored", "refused", "parts")]
    assert counts == [ROWS, ROWS, ROWS - 5, 5, 3]
    assert report["runtime"] == "native"
    found = frames(batch, layout.split_uri(report["output_uri"])[1])
    assert found["row_id"].to_list() == [row[batch.contract.row_id] for row in table]
    assert found["error"].is_not_null().arg_true().to_list() == list(BROKEN)
    assert found["score"].is_null().arg_true().to_list() == list(BROKEN)
    sample = [i for i in range(0, ROWS, 37) if i not in BROKEN]
    expected = live(batch, [good[i] for i in sample])
    assert found["score"].gather(sample).to_list() == pytest.approx(expected, abs=TOLERANCE)
    of_job = [k for k in lake(batch, layout.predictions_prefix(batch.name)) if report["job"] in k]
    assert len(of_job) == 3
    records = pl.concat(frames(batch, key) for key in of_job)
    assert sorted(records["prediction_id"]) == sorted(found["prediction_id"])
    assert records["refused"].sum() == 5
    failed = lake(batch, f"{layout.batch_prefix(batch.name, 'failed')}{report['job']}/")
    text = batch.aws("s3").get_object(Bucket=bucket, Key=failed[0])["Body"].read()
    first_refused = json.loads(text.splitlines()[0])
    assert first_refused["violations"][0]["field"] == first
    assert first_refused["violations"][0]["got"] == "'ten'"


def test_a_part_that_cannot_be_written_is_taken_up_by_the_jobs_name(
    batch: Story, tmp_path: Path
) -> None:
    """Three formats in one job of five parts; while its fourth answer is denied it fails."""
    table = many(batch, 2500, 2)
    rows = [instance(row, batch.contract) for row in table]
    folder = tmp_path / "many"
    folder.mkdir()
    (folder / "a.csv").write_bytes(as_csv(table))
    (folder / "b.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows[:900]))
    pl.DataFrame(rows[:800]).write_parquet(folder / "c.parquet")
    job = Job(batch.place, batch.deployed, batch.name, "three-formats")
    with denied(batch, "*/part-000003.parquet"):
        job.start(str(folder))
        with pytest.raises(CommandError, match="FAILED"):
            job.follow(Console(quiet=True))
    again = Job(batch.place, batch.deployed, batch.name, "three-formats")
    again.start(str(folder))
    report = again.follow(Console(quiet=True))
    assert (report["rows_out"], report["refused"], report["parts"]) == (4200, 0, 5)
    assert again.progress() == "5 of 5 parts"
    answers = tmp_path / "answers"
    assert again.download(report, answers) == 5 + 2
    found = pl.concat(pl.read_parquet(path) for path in sorted(answers.glob("*.parquet")))
    ids = [row[batch.contract.row_id] for row in table]
    assert found["row_id"].to_list() == ids + ids[:900] + ids[:800]
    scores = found["score"].to_list()
    assert (
        scores[:900] == scores[2500:3400] == pytest.approx(live(batch, table[:900]), abs=TOLERANCE)
    )
    assert scores[:800] == scores[3400:]
    of_job = [k for k in lake(batch, layout.predictions_prefix(batch.name)) if report["job"] in k]
    records = pl.concat(frames(batch, key) for key in of_job).unique("prediction_id")
    assert sorted(records["prediction_id"]) == sorted(found["prediction_id"])


@contextmanager
def denied(story: Story, keys: str) -> Iterator[None]:
    """While inside, the batch function's role may not write such keys of the output."""
    iam, functions = story.aws("iam"), story.aws("lambda").get_paginator("list_functions")
    start = f"Penstock-dev-{story.name}-Batch"
    (role,) = [
        function["Role"].rsplit("/", 1)[-1]
        for page in functions.paginate()
        for function in page["Functions"]
        if function["FunctionName"].startswith(start)
    ]
    prefix = f"{story.deployed.lake_bucket}/{layout.batch_prefix(story.name, 'out')}"
    statement = {
        "Effect": "Deny",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{prefix}{keys}",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    policy = {"RoleName": role, "PolicyName": "Denied"}
    iam.put_role_policy(**policy, PolicyDocument=document)
    try:
        yield
    finally:
        iam.delete_role_policy(**policy)
