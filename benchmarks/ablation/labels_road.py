"""Segments of labels: they are joined to their answers, and a file that is none is told of."""

from __future__ import annotations

from benchmarks.ablation.messages import ALARMS, LABELS, expect_message, forget_messages
from benchmarks.ablation.predict_road import FLUSH_SECONDS, keys
from benchmarks.ablation.segment import Segment
from benchmarks.ablation.world import Unexpected, World, now
from cli.demo import truths
from penstock import layout

CASES = 20


def _ask(world: World) -> None:
    """New answers, whose records are in the lake before their labels come."""
    forget_messages(world)
    prefix = layout.predictions_prefix(world.name)
    known = keys(world, prefix)
    world.labels = truths.asked(world.story, world.story.source.rows[:CASES])
    world.advance(FLUSH_SECONDS)
    world.until(lambda: (keys(world, prefix) - known) or None, "records in the lake", within=8)


def _labels(world: World) -> None:
    """One after the other: a file with a wrong word and one that waits, and the rest, of which
    nothing waits in the end."""
    since, number, waiting = now(), next(world.numbers), layout.pending_prefix(world.name)
    wrong = world.labels[0] | {world.story.contract.target.column: f"perhaps {number}"}
    first = [wrong, truths.unknown(world.labels[0]), *world.labels[:5]]
    _send(world, f"first-{number}.csv", first)
    known = keys(world, waiting)
    _send(world, f"rest-{number}.csv", world.labels[5:])
    expect_message(world, LABELS, "joined")
    world.until(lambda: keys(world, waiting) <= known or None, "the rest's end", within=5)
    world.expect_function_logged("Labels", since)


def _send(world: World, name: str, rows: list[dict[str, str]]) -> None:
    report = truths.send(world.story, name, rows)
    if not report["labelled"]:
        raise Unexpected(f"no label of {name} has found its answer: {report}")


def _labels_fail(world: World) -> None:
    """A file that is none is tried three times, and then somebody is told."""
    since, key = now(), f"{layout.labels_prefix(world.name)}none-{next(world.numbers)}.csv"
    body = b"nothing known\n" + key.encode()
    world.aws("s3").put_object(Bucket=world.stack.lake_bucket, Key=key, Body=body)
    for _ in range(2):  # Lambda waits one minute, then two, before it tries again
        world.advance(180)
    expect_message(world, ALARMS, "LabelsRefused")
    world.expect_function_logged("Labels", since)


SEGMENTS = (
    Segment("labels are joined", ("Labels",), _labels, before=_ask),
    Segment("labels that are none", ("Labels",), _labels_fail, before=forget_messages),
)
