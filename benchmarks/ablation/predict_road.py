"""Segments of prediction: answers, and their records in the lake."""

from __future__ import annotations

import json

from benchmarks.ablation.segment import Segment
from benchmarks.ablation.world import Unexpected, World, now
from cli.demo.rows import shifted
from penstock import layout

REQUESTS = 5
ROWS_A_REQUEST = 20
FLUSH_SECONDS = 901.0  # Firehose's buffer, and a little


def ask(world: World, requests: int = REQUESTS) -> None:
    """Shifted cases, as many as the monitor needs to have an opinion."""
    cases = shifted(world.story.source.rows, world.story.contract)
    for number in range(requests):
        start = number * ROWS_A_REQUEST % (len(cases) - ROWS_A_REQUEST)
        body = json.dumps({"instances": cases[start : start + ROWS_A_REQUEST]}).encode()
        answer = world.aws("lambda").invoke(
            FunctionName=world.stack.predict_function_name,
            Qualifier=world.stack.predict_alias,
            Payload=body,
        )
        said = json.loads(answer["Payload"].read())
        if "predictions" not in said:
            raise Unexpected(f"predict answered {said}")


def keys(world: World, prefix: str) -> set[str]:
    pages = world.aws("s3").get_paginator("list_objects_v2")
    found = pages.paginate(Bucket=world.stack.lake_bucket, Prefix=prefix)
    return {item["Key"] for page in found for item in page.get("Contents", [])}


def predict(world: World, requests: int = REQUESTS) -> None:
    """Answers, and their records as Parquet in the lake."""
    prefix, since = layout.predictions_prefix(world.name), now()
    known = keys(world, prefix)
    ask(world, requests)
    world.expect_function_logged("Predict", since)
    world.advance(FLUSH_SECONDS)
    world.until(lambda: (keys(world, prefix) - known) or None, "records in the lake", within=8)


def _late_deliveries(world: World) -> None:
    """Firehose tries again once a minute what it was not allowed."""
    world.advance(125)


SEGMENTS = (
    Segment(
        "predictions become records",
        ("Predict", "PredictLogDelivery", "PredictLogSubscription"),
        predict,
        after=_late_deliveries,
    ),
)
