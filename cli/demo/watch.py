"""Waits for what events set going: it looks, and never calls a step of the road."""

import json
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import botocore.exceptions

from cli.demo.story import Story, Unexpected

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


@dataclass(frozen=True)
class Ended:
    """An execution of a state machine that is over."""

    arn: str
    status: str
    output: dict[str, Any]
    why: str


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
        found = story.aws("stepfunctions").describe_execution(executionArn=arn)
        for state in _states(story, arn):
            if state.lane in lanes and state.name not in told:
                told.add(state.name)
                story.timeline.say(f"{state.lane} has begun")
        if found["status"] == "RUNNING":
            return None
        why = f"{found.get('error', '')} {found.get('cause', '')}".strip()
        return Ended(arn, found["status"], json.loads(found.get("output") or "{}"), why)

    ended = until(look, f"the end of {arn.rsplit(':', 1)[-1]}", within=within)
    for state in _states(story, arn):
        if state.lane in lanes:
            good = "ok" if ended.status == "SUCCEEDED" or state.left else "bad"
            end = story.timeline.since(state.left) if state.left else story.timeline.now()
            begin = story.timeline.since(state.entered)
            story.timeline.span(state.lane, state.lane, begin, end, good)
    return ended


@dataclass
class _State:
    name: str
    entered: datetime
    left: datetime | None = None

    @property
    def lane(self) -> str:
        return self.name.lower()


def _states(story: Story, arn: str) -> list[_State]:
    """The states that an execution has entered so far, in order."""
    pages = story.aws("stepfunctions").get_paginator("get_execution_history")
    found: list[_State] = []
    for page in pages.paginate(executionArn=arn):
        for event in page["events"]:
            if name := event.get("stateEnteredEventDetails", {}).get("name"):
                found.append(_State(name, event["timestamp"]))
            elif name := event.get("stateExitedEventDetails", {}).get("name"):
                open_ = [s for s in found if s.name == name and s.left is None]
                for state in open_[:1]:
                    state.left = event["timestamp"]
    return found
