"""See the package's docstring."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence

import localcloud
from benchmarks.ablation import (
    batch_road,
    beginning,
    data_road,
    labels_road,
    monitor_road,
    predict_road,
    release_road,
    report,
    stack_road,
    stream_road,
)
from benchmarks.ablation.segment import Segment
from benchmarks.ablation.statements import Decision, Statement, of_roles
from benchmarks.ablation.trial import Played, Result, baseline, removed
from benchmarks.ablation.world import World
from cli import paths
from cli.children import Children

SEGMENTS = (
    *data_road.SEGMENTS,
    *release_road.SEGMENTS,
    *predict_road.SEGMENTS,
    *labels_road.SEGMENTS,
    *monitor_road.SEGMENTS,
    *stack_road.SEGMENTS,
)
# What a mode of serving has beside `lambda`'s.
OF_MODE = {"batch": batch_road.SEGMENTS, "stream": stream_road.SEGMENTS}


def main() -> int:
    given = _arguments()
    directory = paths.STATE / "ablation" / (given.mode or "lambda")
    if localcloud.find(directory) is None:
        shutil.rmtree(directory, ignore_errors=True)
    with Children() as children:
        try:
            world = beginning.deployed(children, "triage", directory, given.port, given.mode)
            results = _ablation(world, given)
        finally:
            if not given.keep:
                localcloud.stop(directory)
    report.leave(results, partly=bool(given.patterns or given.only or given.mode))
    return 0 if all(result.missed or result.beyond for result in results) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablation")
    parser.add_argument("patterns", nargs="*", help="only roles whose label holds one of them")
    parser.add_argument("--only", default="", help="only segments whose name holds this")
    parser.add_argument("--mode", choices=OF_MODE, help="what this mode of serving adds, alone")
    parser.add_argument("--port", type=int, default=4577)
    parser.add_argument("--keep", action="store_true", help="leave the cloud up, and use it again")
    return parser.parse_args()


def _ablation(world: World, given: argparse.Namespace) -> list[Result]:
    """Segments that wipe come last: what they take away is needed by the others."""
    among = OF_MODE.get(given.mode, SEGMENTS)
    if not release_road.champion(world):
        report.say("the road once, by its own events")
        beginning.play(world, models_wanted=1 if given.mode else 2)
    statements = of_roles(world.aws("iam"), world.roles())
    roles = {role for segment in among for role in segment.roles} if given.mode else None
    chosen = [s for s in statements if _wanted(s.label, given.patterns, roles)]
    report.say(f"{len(chosen)} of {len(statements)} statements")
    results: dict[Statement, Result] = {}
    everything: list[Decision] = []
    for wipes in (False, True):
        segments = [s for s in among if s.wipes == wipes and given.only in s.name]
        played = [_baseline(world, segment) for segment in segments]
        everything = world.decisions(0)[1] if not wipes else everything
        everything += [d for one in played for d in one.decisions]
        for statement in [s for s in chosen if s not in results]:
            if needed_by := _cheapest(statement, played):
                results[statement] = removed(world, statement, needed_by)
                report.told(results[statement])
    if given.only:  # of what other segments need, these say nothing
        chosen = [statement for statement in chosen if statement in results]
    for statement in chosen:
        result = results.setdefault(statement, Result(statement))
        used = {d["action"] for d in everything if statement.let_through(d)}
        result.unused = sorted(set(statement.actions) - used)
    return [results[statement] for statement in chosen]


def _wanted(label: str, patterns: Sequence[str], roles: set[str] | None) -> bool:
    """`roles`: those of a mode; the others are the same code's in every one."""
    named = not patterns or any(pattern in label for pattern in patterns)
    return named and (roles is None or label in roles)


def _baseline(world: World, segment: Segment) -> Played:
    played = baseline(world, segment)
    report.say(f"{played.seconds:5.1f} s  {segment.name}")
    return played


def _cheapest(statement: Statement, played: list[Played]) -> Played | None:
    """The shortest segment in which nothing but this statement let something through."""
    needing = [
        p
        for p in played
        if statement.label in p.segment.roles
        if any(map(statement.alone_let_through, p.decisions))
    ]
    return min(needing, key=lambda p: p.seconds, default=None)


if __name__ == "__main__":
    sys.exit(main())
