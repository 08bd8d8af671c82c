"""One local cloud with a use case for each serving mode, deployed by the real CDK CLI.

Tests of a mode take `stories` and their use case by its name. Everything is there once, for all
workers: the stack, the first model, its release. A test leaves a champion that answers. The clock
is everybody's, so that no test may step it.
"""

import fcntl
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
import served
from rich.console import Console

import localcloud
from cli import deployment, paths, retrain, usecases
from cli.children import Children
from cli.demo import models, rows, watch
from cli.demo.story import ENVIRONMENT, Story
from cli.demo.timeline import Timeline
from cli.stack import Stack
from cli.target import Target, cloud_config, local

KEPT = os.environ.get("PENSTOCK_MODES_KEEP")  # a folder: the cloud stays up there for the next run
if not os.environ.get("PENSTOCK_MODES"):
    is_long = "PENSTOCK_LONG" in os.environ
    long = {name for names in served.LONG.values() for name in names}
    tests = {path.name for path in Path(__file__).parent.glob("test_*.py")}
    collect_ignore = sorted(tests - long if is_long else long)
IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the cloud lives and the use cases lie: the same for all workers."""
    base = tmp_path_factory.getbasetemp()
    place = Path(KEPT) if KEPT else (base.parent if IS_WORKER else base) / "modes"
    place.mkdir(parents=True, exist_ok=True)
    return place


@pytest.fixture(scope="session")
def cloud(place: Path) -> Target:
    with locked(place):
        config = cloud_config(directory=place / "cloud", port=_free_port())
        return local(localcloud.find(config.directory) or localcloud.start(config))


class Stories(Mapping[str, Story]):
    """Every use case by its name; its first model is trained when a test first wants it."""

    def __init__(self, cloud: Target, place: Path, children: Children) -> None:
        self._cloud, self._place, self._children = cloud, place, children
        self._made: dict[str, Story] = {}

    def __getitem__(self, name: str) -> Story:
        if name not in self._made:
            with locked(self._place, name):
                self._made[name] = _story(self._cloud, self._children, name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(served.wanted())

    def __len__(self) -> int:
        return len(served.wanted())


@pytest.fixture(scope="session")
def stories(cloud: Target, place: Path) -> Iterator[Stories]:
    """All are deployed, by whichever worker is the first."""
    folder, done = place / "usecases", place / "deployed"
    patch = pytest.MonkeyPatch()
    patch.setattr(paths, "USECASES", folder)
    for name in ("STATE", "LOGS"):  # two runs at once must not share an assembly
        patch.setattr(paths, name, place)
    with Children() as children:
        with locked(place):
            if KEPT or not done.exists():
                served.write(folder, served.wanted())
                deployment.run(children, cloud, served.wanted(), ENVIRONMENT, lambda *_: None)
                done.touch()
        yield Stories(cloud, place, children)
    patch.undo()


@contextmanager
def locked(place: Path, what: str = "cloud") -> Iterator[None]:
    """One worker at a time: the first makes what the others find."""
    with Path(place / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _story(cloud: Target, children: Children, name: str) -> Story:
    source = usecases.source(name, paths.data_dir())
    story = Story(
        usecases.read(name), source, Timeline(Console(quiet=True)), children, target=cloud
    )
    story.stack = Stack.of(cloud, ENVIRONMENT, name)
    if models.packages(story):
        return story
    known = watch.executions(story, story.deployed.train_state_machine_arn)
    models.upload(story, rows.parts(source.rows)[0], "first.csv")
    asked = "dataset" not in story.usecase.retraining.on
    if asked:
        retrain.ask(cloud, story.deployed, reason="the first model")
    model = models.train(story, known, "manual" if asked else "dataset", "the first model")
    row = models.released(story, model["package"])
    story.expect("the first model goes live", row["result"] == "promoted", str(row["why"]))
    return story


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
