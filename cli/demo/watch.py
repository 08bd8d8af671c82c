"""Waits for what events set going: it looks, and never calls a step of the road."""

import json
import time
from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar

import botocore.exceptions

from cli.demo.story import Story, Unexpected
from cli.executions import Ended, ended, states

EVERY = 0.15
T = TypeVar("T")


def until(look: Callable[[], T | None], what: str, *, within: float) -> T:
    """What `look` finds, asked again and again; Unexpected when the time is over."""
    deadline = time.monotonic() + within
    while True:
        found = look()
        if found is not None:
            return found
        if time.monotonic() > deadline:
            raise Unexpected(f"waited {within:.0f} s for {what}, and it did not come")
        time.sleep(EVERY)


def read_json(story: Story, bucket: str, key: str) -> Any | None:
    """An object's JSON; None while there is none."""
    try:
        body = story.aws("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None
        raise
    return json.loads(body)


def executions(story: Story, machine_arn: str) -> set[str]:
    found = story.aws("stepfunctions").list_executions(stateMachineArn=machine_arn)
    return {execution["executionArn"] for execution in found["executions"]}


def started(
    story: Story, machine_arn: str, known: Iterable[str], wanted: str, what: str, *, within: float
) -> str:
    """The first execution that is not in `known` and has `wanted` in its input."""
    passed = set(known)

    def look() -> str | None:
        for arn in executions(story, machine_arn) - passed:
            given = story.aws("stepfunctions").describe_execution(executionArn=arn)["input"]
            if wanted in given:
                return arn
            passed.add(arn)
        return None

    return until(look, what, within=within)


def follow(story: Story, arn: str, lanes: Collection[str] = (), *, within: float) -> Ended:
    """Wait for an execution's end. Of its states, those named as `lanes` are told as they begin,
    and go on the timeline."""
    told: set[str] = set()

    def look() -> Ended | None:
        found = ended(story.place, arn)
        for state in states(story.place, arn):
            if state.lane in lanes and state.name not in told:
                told.add(state.name)
                story.timeline.say(f"{state.lane} has begun")
        return found

    over = until(look, f"the end of {arn.rsplit(':', 1)[-1]}", within=within)
    for state in states(story.place, arn):
        if state.lane in lanes:
            good = "ok" if over.status == "SUCCEEDED" or state.left else "bad"
            end = story.timeline.since(state.left) if state.left else story.timeline.now()
            begin = story.timeline.since(state.entered)
            story.timeline.span(state.lane, state.lane, begin, end, good)
    return over
