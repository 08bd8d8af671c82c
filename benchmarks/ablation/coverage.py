"""The cheap half, for CI: after a demo, which actions of the roles' statements let nothing through.

The demo has played the road's main line; what is left of it is played here.
"""

from __future__ import annotations

from benchmarks.ablation import (
    beginning,
    data_road,
    labels_road,
    monitor_road,
    release_road,
    stack_road,
)
from benchmarks.ablation.messages import listen
from benchmarks.ablation.statements import of_roles
from benchmarks.ablation.trial import baseline
from benchmarks.ablation.world import World

NOT_IN_THE_DEMO = frozenset(
    [
        "a file that is none",
        "a training is stopped",
        "labels are joined",
        "labels that are none",
        "a lock that was left",
        "a release breaks off",
        "a look that finds news",
        "a look that fails",
        "a look begins a training",
        "a look without records",
        "the alias is made and removed",
        "everything is taken down",
    ]
)


def unused(world: World) -> set[str]:
    """`role: action` of what a statement allows and no decision needed; the data are gone then."""
    listen(world)
    beginning.quiet(world)
    statements = of_roles(world.aws("iam"), world.roles())
    roads = (data_road, release_road, labels_road, monitor_road, stack_road)
    for segment in (segment for road in roads for segment in road.SEGMENTS):
        if segment.name in NOT_IN_THE_DEMO:
            baseline(world, segment)
    decisions = world.decisions(0)[1]
    return {
        f"{statement.label}: {action}"
        for statement in statements
        for action in set(statement.actions)
        - {d["action"] for d in decisions if statement.let_through(d)}
    }
