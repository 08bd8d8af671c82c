"""The lake takes no prediction record for an hour: requests go on, and no record is lost."""

import io
import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import polars as pl

from cli.demo import watch
from cli.demo.story import Story
from cli.instances import instance
from cli.target import TIME_SCALE
from penstock import layout

HOUR = 3600
ROWS = 40
POLICY = "outage"


def test_records_of_an_outage_arrive_when_it_is_over(stories: Mapping[str, Story]) -> None:
    """Firehose keeps what it cannot deliver and tries again, for a day; callers notice nothing."""
    served, run = stories["quality"], uuid.uuid4().hex[:6]
    asked: dict[str, str] = {}
    with unwritable(served):
        for quarter in range(4):
            asked |= ask(served, f"{run}-{quarter}")
            wait(HOUR // 4)
        assert len(asked) == 4 * ROWS
        assert not kept(served, run)
    wait(HOUR // 4)
    found = watch.until(lambda: full(served, run), "every record in the lake", within=20)
    assert dict(found) == asked
    assert len(found) == len(asked), "and each of them once"


@contextmanager
def unwritable(story: Story) -> Iterator[None]:
    """Whoever delivers the records may write no object."""
    iam = story.aws("iam")
    role = delivery_role(story)
    denied = {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [denied]})
    iam.put_role_policy(RoleName=role, PolicyName=POLICY, PolicyDocument=document)
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName=POLICY)


def delivery_role(story: Story) -> str:
    """By the stream that writes under this use case's prefix."""
    firehose = story.aws("firehose")
    for name in firehose.list_delivery_streams(Limit=100)["DeliveryStreamNames"]:
        stream = firehose.describe_delivery_stream(DeliveryStreamName=name)
        (target,) = stream["DeliveryStreamDescription"]["Destinations"]
        to = target["ExtendedS3DestinationDescription"]
        if to["Prefix"].startswith(layout.predictions_prefix(story.name)):
            return str(to["RoleARN"].rpartition("/")[2])
    raise AssertionError(f"nothing delivers the records of {story.name}")


def ask(story: Story, mark: str) -> dict[str, str]:
    """A request; prediction id -> row id of its answers."""
    contract = story.contract
    rows = [instance(row, contract) for row in story.source.rows[:ROWS]]
    rows = [{**row, contract.row_id: f"{mark}-{i}"} for i, row in enumerate(rows)]
    answer = story.aws("lambda").invoke(
        FunctionName=story.deployed.predict_function_name,
        Qualifier=story.deployed.predict_alias,
        Payload=json.dumps({"instances": rows}),
    )
    predictions = json.loads(answer["Payload"].read())["predictions"]
    return {p["id"]: row[contract.row_id] for p, row in zip(predictions, rows, strict=True)}


def wait(seconds: int) -> None:
    """Seconds as the templates mean them; the clock is everybody's, so it is not stepped."""
    time.sleep(seconds / TIME_SCALE)


def full(story: Story, run: str) -> list[tuple[str, str]] | None:
    found = kept(story, run)
    return found if len(found) >= 4 * ROWS else None


def kept(story: Story, run: str) -> list[tuple[str, str]]:
    """(prediction id, row id) of this run's records in the lake."""
    s3, bucket = story.aws("s3"), story.deployed.lake_bucket
    pages = s3.get_paginator("list_objects_v2")
    prefix = layout.predictions_prefix(story.name)
    found: list[tuple[Any, Any]] = []
    for page in pages.paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            body = s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
            frame = pl.read_parquet(io.BytesIO(body), columns=["prediction_id", "row_id"])
            found += frame.filter(pl.col("row_id").str.starts_with(run)).rows()
    return found
