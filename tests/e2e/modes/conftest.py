"""One local cloud with a use case for each serving mode, deployed by the real CDK CLI.

Tests of a mode take `stories` and their use case by its name. Everything is there once: the stack,
the first model, its release. A test leaves its use case with a champion that answers.
"""

import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import served
from rich.console import Console

import localcloud
from cli import deployment, paths, usecases
from cli.children import Children
from cli.demo import models, rows, watch
from cli.demo.story import ENVIRONMENT, Story
from cli.demo.timeline import Timeline
from cli.stack import Stack
from cli.target import TIME_SCALE, Target, local


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A cloud of its own; PENSTOCK_MODES_KEEP=<folder> keeps it up there, and takes it up again."""
    kept = os.environ.get("PENSTOCK_MODES_KEEP")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("cloud")
    running = localcloud.find(folder) or localcloud.start(_config(folder))
    try:
        yield local(running)
    finally:
        if not kept:
            localcloud.stop(folder)


@pytest.fixture(scope="session")
def stories(cloud: Target, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Story]]:
    """Every use case by its name, with its first model released."""
    folder = tmp_path_factory.mktemp("usecases")
    served.write(folder)
    patch = pytest.MonkeyPatch()
    patch.setattr(paths, "USECASES", folder)
    names = served.wanted()
    with Children() as children:
        try:
            deployment.run(children, cloud, names, ENVIRONMENT, lambda *_: None)
            with ThreadPoolExecutor(len(names)) as pool:
                made = pool.map(lambda name: _story(cloud, children, name), names)
                yield dict(zip(names, made, strict=True))
        finally:
            patch.undo()


@pytest.fixture(scope="session")
def story(stories: dict[str, Story]) -> Callable[[str], Story]:
    return stories.__getitem__


def _story(cloud: Target, children: Children, name: str) -> Story:
    source = usecases.source(name, paths.data_dir())
    story = Story(
        usecases.read(name), source, Timeline(Console(quiet=True)), children, target=cloud
    )
    story.stack = Stack.of(cloud, ENVIRONMENT, name)
    if models.packages(story):  # a cloud that was kept up has it already
        return story
    known = watch.executions(story, story.deployed.train_state_machine_arn)
    models.upload(story, rows.parts(source.rows)[0], "first.csv")
    model = models.train(story, known, "dataset", "the first model")
    row = models.released(story, model["package"])
    story.expect("the first model goes live", row["result"] == "promoted", str(row["why"]))
    return story


def _config(folder: Path) -> localcloud.Config:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return localcloud.Config(
        port=port,
        directory=folder,
        time_scale=TIME_SCALE,
        images={"sagemaker-xgboost": paths.TRAINING_PYTHON},
        lambda_python=paths.LAMBDA_PYTHON,
    )
