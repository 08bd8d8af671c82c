"""One instance: the processes of a model's containers, which pass a request on in their order."""

from __future__ import annotations

import http.client
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from localcloud.sagemaker.failure import JobFailure
from localcloud.sagemaker.hosting.container import ModelContainer
from localcloud.sagemaker.hosting.facts import HostingFailure, ModelFacts
from localcloud.sagemaker.hosting.running import Running
from localcloud.sagemaker.image import pulled
from localcloud.sagemaker.instances import interpreter
from localcloud.sagemaker.logs import Logs

STARTUP_SECONDS = 480.0  # real: AWS's eight minutes for a container to answer its ping
_STOP_SECONDS = 5.0
_STARTS = 3  # a container that ends at once is started again; AWS does it until its time is up


@dataclass(frozen=True)
class Answer:
    """What the last container said; its headers' names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes
    container: str


class NoAnswer(Exception):
    """A container that took too long, or ended over a request."""

    def __init__(self, container: str, text: str) -> None:
        super().__init__(text)
        self.container = container


class Unreachable(NoAnswer):
    """Nobody listens: the request has reached no container, and may go to another instance."""


class Instance:
    """`sink` gives the log of a container, by its name; `environment` is added to the model's;
    `purpose` is named where it fails ("production variant AllTraffic")."""

    def __init__(
        self,
        model: ModelFacts,
        root: Path,
        images: Mapping[str, Path],
        sink: Callable[[str], Logs],
        environment: Mapping[str, str] | None = None,
        purpose: str = "the model",
    ) -> None:
        self._model, self._root, self._images, self._sink = model, root, images, sink
        self._environment, self._purpose = environment or {}, purpose
        self._containers: list[Running] = []
        self.in_flight = 0

    def start(
        self, cancelled: threading.Event | None = None, seconds: float = STARTUP_SECONDS
    ) -> None:
        """Returns when every container answers its ping; raises HostingFailure."""
        try:
            for facts in self._model.containers:
                python = pulled(facts.image, self._images, self._model.role)
                disk = ModelContainer(self._root / facts.name, facts, self._model)
                disk.lay_out()
                running = Running(disk, self._sink(facts.name))
                self._containers.append(running)
                running.launch(python, self._environment)
            for running, facts in zip(self._containers, self._model.containers, strict=True):
                python = interpreter(facts.image, self._images)
                self._await(running, python, cancelled, time.monotonic() + seconds)
        except JobFailure as failure:
            self.stop()
            raise HostingFailure(str(failure)) from failure
        except BaseException:
            self.stop()
            raise

    def _await(
        self, one: Running, python: Path, cancelled: threading.Event | None, end: float
    ) -> None:
        starts = 1
        while not one.healthy():
            if cancelled is not None and cancelled.is_set():
                raise HostingFailure("The deployment was cancelled")
            ended = not one.alive()
            if time.monotonic() > end or (ended and starts >= _STARTS):
                one.log.flush()
                last = one.log.tail(700).strip().rpartition("\n")[2]
                raise HostingFailure(
                    f"The {one.name} container for {self._purpose} did not pass the ping "
                    "health check. Please check CloudWatch logs for this endpoint. "
                    f"Its last line: {last or '(it printed nothing)'}"
                )
            if ended:
                starts += 1
                one.launch(python, self._environment)
            time.sleep(0.05)

    def invoke(
        self,
        body: bytes,
        headers: Mapping[str, str],
        seconds: float = 60.0,
        only: str | None = None,
    ) -> Answer:
        """`only` names the one container that is asked, where the model's mode is Direct."""
        end = time.monotonic() + seconds
        chain = [one for one in self._containers if only in (None, one.name)]
        sent = dict(headers)
        for position, one in enumerate(chain):
            try:
                answer = self._ask(one, body, sent, end)
            except Unreachable as lost:
                if position:  # the containers before it have done their work
                    raise NoAnswer(lost.container, str(lost)) from lost
                raise
            if not 200 <= answer.status < 300 or position == len(chain) - 1:
                return answer
            body = answer.body
            sent["Content-Type"] = answer.headers.get("content-type", "application/octet-stream")
        raise NoAnswer("primary", f"the model has no container {only}")

    def _ask(self, one: Running, body: bytes, headers: Mapping[str, str], end: float) -> Answer:
        left = max(end - time.monotonic(), 0.001)
        try:
            answer = one.connections.call("POST", "/invocations", body, headers, left)
        except TimeoutError as error:
            raise NoAnswer(
                one.name,
                "Your invocation timed out while waiting for a response from container "
                f"{one.name}. Review the latency metrics for each container in Amazon CloudWatch, "
                "resolve the issue, and try again.",
            ) from error
        except ConnectionRefusedError as error:
            raise Unreachable(one.name, "The container is not running.") from error
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(
                one.name, "The container closed the connection before it answered."
            ) from error
        return Answer(*answer, container=one.name)

    def containers(self) -> list[str]:
        return [one.name for one in self._containers]

    def alive(self) -> bool:
        return bool(self._containers) and all(one.alive() for one in self._containers)

    def flush(self) -> None:
        for one in self._containers:
            one.log.flush()

    def stop(self) -> None:
        """SIGTERM, and what is left after some seconds is killed; returns when all have ended."""
        running = [one for one in self._containers if one.process is not None]
        for one in running:
            one.connections.close()
            if one.process is not None and one.alive():
                one.process.end(_STOP_SECONDS)
        end = time.monotonic() + _STOP_SECONDS
        for one in running:
            assert one.process is not None
            if one.process.wait(max(end - time.monotonic(), 0.0)) is None:
                one.process.kill()
                one.process.wait(_STOP_SECONDS)
            one.log.close()

    def clean(self) -> None:
        shutil.rmtree(self._root, ignore_errors=True)
