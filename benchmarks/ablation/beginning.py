"""A fresh local cloud with the templates in it, and the road once by its own events."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

import localcloud
from benchmarks.ablation import messages
from benchmarks.ablation.monitor_road import stop_clocks
from benchmarks.ablation.predict_road import predict
from benchmarks.ablation.world import World
from cli import deployment, paths, usecases
from cli.children import Children
from cli.demo import models, rows, watch
from cli.demo.canary import BUSY, callers
from cli.demo.story import ENVIRONMENT, Story
from cli.demo.timeline import Timeline
from cli.instances import instance
from cli.stack import Stack
from cli.target import cloud_config, local

# What would begin trainings and releases beside the segment that is played.
RULES = ("TrainNewDataset", "TrainDrifted", "ReleaseModelApproved", "ReleaseStackChanged")


def deployed(
    children: Children, usecase: str, directory: Path, port: int, mode: str | None = None
) -> World:
    """In its own `mode` of serving or another; a cloud that still runs in `directory` is taken as
    it is."""
    source = usecases.source(usecase, paths.data_dir())
    timeline = Timeline(Console(quiet=True))
    story = Story(usecases.read(usecase, mode=mode), source, timeline, children)
    running = localcloud.find(directory)
    story.target = local(running or localcloud.start(cloud_config(directory=directory, port=port)))
    if running is None:
        given = (children, story.target, [usecase], ENVIRONMENT, lambda *_: None)
        deployment.run(*given, mode=mode)
    story.stack = Stack.of(story.target, ENVIRONMENT, usecase)
    return World(story)


def play(world: World, models_wanted: int = 2) -> None:
    """Models, all but the first over the canary, and enough records for the monitor."""
    story, machine = world.story, world.stack.train_state_machine_arn
    pool = [instance(row, story.contract) for row in story.source.rows]
    messages.listen(world)
    for number, part in enumerate(rows.parts(story.source.rows)[:models_wanted], start=1):
        known = watch.executions(story, machine)
        models.upload(story, part, f"part-{number}.csv")
        model = models.train(story, known, "dataset", f"model {number}")
        with callers(story, pool, BUSY if number > 1 else 1.0):
            row = models.released(story, model["package"])
        story.expect(f"model {number} goes live", row["result"] == "promoted", row["why"])
    quiet(world)
    predict(world, requests=2 * story.usecase.monitoring.min_rows // 20)


def quiet(world: World) -> None:
    """From now on nothing begins but what a segment begins."""
    for rule in RULES:
        world.aws("events").disable_rule(Name=world.physical("AWS::Events::Rule", rule))
    stop_clocks(world)
    world.settle()
