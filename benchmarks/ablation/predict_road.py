"""Segments of prediction: answers, and their records in the lake."""

from __future__ import annotations

from typing import Any

from benchmarks.ablation.segment import Segment
from benchmarks.ablation.world import Unexpected, World, now
from cli.demo.rows import shifted
from cli.instances import instance
from penstock import layout

REQUESTS = 5
ROWS_A_REQUEST = 20
FLUSH_SECONDS = 901.0  # Firehose's buffer, and a little


def ask(world: World, requests: int = REQUESTS) -> None:
    """Shifted cases, as many as the monitor needs to have an opinion."""
    cases = shifted(world.story.source.rows, world.story.contract)
    for number in range(requests):
        start = number * ROWS_A_REQUEST % (len(cases) - ROWS_A_REQUEST)
        _predictions(world, {"instances": cases[start : start + ROWS_A_REQUEST]})


def _predictions(world: World, request: dict[str, Any]) -> list[dict[str, Any]]:
    said = world.story.ask(request)
    if "predictions" not in said:
        raise Unexpected(f"predict answered {said}")
    return list(said["predictions"])


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


def _cold(world: World) -> None:
    """As after a while without questions: no model is at hand in a new environment."""
    client, name = world.aws("lambda"), world.function("Explain")
    memory = client.get_function_configuration(FunctionName=name)["MemorySize"]
    client.update_function_configuration(FunctionName=name, MemorySize=memory)
    client.get_waiter("function_updated_v2").wait(
        FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )


def _explained(world: World) -> None:
    """A model that has to be fetched first takes its time; the prediction stands without it."""
    since = now()
    row = instance(world.story.source.rows[0], world.story.contract)
    request = {"instances": [row], "explain": True}
    said = world.until(lambda: _explanation(world, request), "an explanation", within=20)
    if not said["explanation"]:
        raise Unexpected(str(said))
    for function in ("Explain", "Predict"):
        world.expect_function_logged(function, since)


def _explanation(world: World, request: dict[str, Any]) -> dict[str, Any] | None:
    """None where only time was lacking."""
    (prediction,) = _predictions(world, request)
    why = str(prediction.get("explanation_error", ""))
    if why and "Timeout" not in why and "no time" not in why:
        raise Unexpected(why)
    return None if why else prediction


SEGMENTS = (
    Segment(
        "predictions become records",
        ("Predict", "PredictLogDelivery", "PredictLogSubscription"),
        predict,
        after=_late_deliveries,
    ),
    Segment("an answer is explained", ("Predict", "Explain"), _explained, before=_cold),
)
