"""One statement removed, one segment played: what failed, and what was denied."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from benchmarks.ablation.segment import Segment
from benchmarks.ablation.statements import Decision, Statement, without
from benchmarks.ablation.world import Unexpected, World

LEAST_SECONDS = 4.0
# Needed on AWS alone, with the reason.
BEYOND = {
    "BatchJob: s3:AbortMultipartUpload, s3:ListMultipartUploadParts": (
        "Step Functions uploads large results in parts, for which CDK's own ResultWriter grants "
        "the same; here they go as a whole"
    ),
}


@dataclass
class Played:
    """A segment with every statement in place."""

    segment: Segment
    seconds: float
    decisions: list[Decision]


@dataclass
class Result:
    """`missed` is what the ablation asks for: the road failed, and for this statement."""

    statement: Statement
    segment: str = ""
    failure: str = ""
    denial: str = ""
    seconds: float = 0.0
    unused: list[str] = field(default_factory=list)

    @property
    def missed(self) -> bool:
        return bool(self.failure and self.denial)

    @property
    def beyond(self) -> str:
        """Why it is not missed here and yet is none too many."""
        return BEYOND.get(str(self.statement), "")

    def plain(self) -> dict[str, Any]:
        own = {k: v for k, v in asdict(self).items() if k != "statement"}
        own |= {"beyond": self.beyond} if self.beyond else {}
        named = {"role": self.statement.label, "actions": list(self.statement.actions)}
        return {**named, "missed": self.missed, **own, "seconds": round(self.seconds, 1)}


def baseline(world: World, segment: Segment) -> Played:
    """Raises Unexpected: a road that fails with all its statements proves nothing."""
    segment.before(world)
    since, began = world.cursor(), time.monotonic()
    segment.play(world)
    seconds = time.monotonic() - began
    _, decisions = world.decisions(since)
    segment.after(world)
    world.settle()
    return Played(segment, seconds, decisions)


def removed(world: World, statement: Statement, played: Played) -> Result:
    """The segment once more, without the statement."""
    result, segment = Result(statement, played.segment.name), played.segment
    segment.before(world)
    since, began = world.cursor(), time.monotonic()
    world.limit = max(LEAST_SECONDS, 2 * played.seconds)
    with without(world.aws("iam"), statement):
        try:
            segment.play(world)
        except (Unexpected, ClientError, BotoCoreError) as failure:
            result.failure = " ".join(str(failure).split())[:300]
        result.denial = _denial(world, statement, since)
    world.limit, result.seconds = None, time.monotonic() - began
    segment.after(world)
    world.settle()
    return result


def _denial(world: World, statement: Statement, since: int) -> str:
    """What is said late, as of a pool's threads, is waited for a moment."""
    for _ in range(5):
        _, decisions = world.decisions(since)
        for decision in decisions:
            if statement.missed_in(decision):
                return str(decision["reason"])
        time.sleep(0.2)
    return ""
