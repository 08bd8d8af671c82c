"""The instances of one variant: kept at their number, drained before they end."""

from __future__ import annotations

import logging
import random
import secrets
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from pathlib import Path

from localcloud import roles
from localcloud.json_service import ServiceError
from localcloud.sagemaker.hosting.facts import HostingFailure
from localcloud.sagemaker.hosting.instance import STARTUP_SECONDS, Instance
from localcloud.sagemaker.hosting.state import Variant
from localcloud.sagemaker.logs import Logs

_log = logging.getLogger(__name__)

DRAIN_SECONDS = 65.0  # real: a request may take 60
_RETRY_SECONDS = 1.0


@dataclass(frozen=True)
class Place:
    endpoint: str
    directory: Path
    images: Mapping[str, Path]


class Fleet:
    def __init__(self, place: Place, variant: Variant) -> None:
        self.variant, self._place = variant, place
        self._ready: list[Instance] = []
        self._starting = 0
        self._changed = threading.Condition()
        self.closing = threading.Event()

    @property
    def size(self) -> int:
        return len(self._ready)

    def start(self) -> None:
        """Returns when all instances are in service; raises HostingFailure."""
        variant = self.variant
        count = variant.count
        if variant.serverless:  # one environment is kept warm where AWS would keep none
            count = variant.serverless.get("ProvisionedConcurrency", 1)
        self.grow(count)

    def grow(self, count: int) -> None:
        if count < 1:
            return
        with ThreadPoolExecutor(count) as pool:
            started = [pool.submit(copy_context().run, self._add) for _ in range(count)]
        for one in started:
            one.result()

    def shrink(self, count: int) -> None:
        with self._changed:
            retired = [self._ready.pop() for _ in range(min(count, len(self._ready)))]
        for instance in retired:
            self._retire(instance)

    def take(self) -> Instance:
        """An instance for one request; give it back. Raises ServiceError when there is none."""
        with self._changed:
            found = self._idle() if self.variant.serverless else self._of_instances()
            if found is not None:
                found.in_flight += 1
                return found
            self._starting += 1  # a serverless variant gets an environment more
        try:
            added = self._made()
            added.in_flight += 1
            self._join(added)
        except HostingFailure as failure:
            raise ServiceError("InternalFailure", str(failure), 500) from failure
        finally:
            with self._changed:
                self._starting -= 1
        return added

    def give_back(self, instance: Instance) -> None:
        with self._changed:
            instance.in_flight -= 1
            self._changed.notify_all()

    def lost(self, instance: Instance) -> None:
        """Take it out at once and put another in its place."""
        with self._changed:
            if instance not in self._ready:
                return
            self._ready.remove(instance)
        run = copy_context().run
        threading.Thread(target=run, args=(self._replace, instance), daemon=True).start()

    def tend(self) -> None:
        for instance in list(self._ready):
            if not instance.alive():
                self.lost(instance)
            instance.flush()

    def close(self) -> None:
        self.closing.set()
        with self._changed:
            retired, self._ready = self._ready, []
        if retired:
            with ThreadPoolExecutor(len(retired)) as pool:
                list(pool.map(self._retire, retired))

    def _idle(self) -> Instance | None:
        """Like a function's, an environment of a serverless variant has one request at a time."""
        assert self.variant.serverless is not None
        if idle := [one for one in self._ready if one.in_flight == 0]:
            return idle[-1]
        most = self.variant.serverless["MaxConcurrency"]
        if len(self._ready) + self._starting >= most:
            raise ServiceError(
                "ThrottlingException",
                f"Rate exceeded: endpoint {self._place.endpoint} serves {most} requests at a time "
                "(MaxConcurrency)",
                429,
            )
        return None

    def _of_instances(self) -> Instance:
        if not self._ready:
            raise ServiceError(
                "ServiceUnavailable",
                f"No instance of variant {self.variant.name} is in service",
                503,
            )
        if (self.variant.routing or {}).get("RoutingStrategy") == "LEAST_OUTSTANDING_REQUESTS":
            return min(self._ready, key=lambda one: one.in_flight)
        return random.choice(self._ready)

    def _add(self) -> None:
        self._join(self._made())

    def _join(self, made: Instance) -> None:
        with self._changed:
            if not self.closing.is_set():
                return self._ready.append(made)
        made.stop()  # the fleet was closed meanwhile, and knows nothing of this one
        made.clean()
        raise HostingFailure("The endpoint was deleted")

    def _made(self) -> Instance:
        variant, place = self.variant, self._place
        number = f"i-{secrets.token_hex(9)[:17]}"
        session = f"SageMaker-{place.endpoint}"
        client = roles.client("logs", variant.model.role, session)
        several = len(variant.model.containers) > 1

        def sink(container: str) -> Logs:
            stream = f"{variant.name}/{number}" + (f"/{container}" if several else "")
            return Logs(client, stream, f"/aws/sagemaker/Endpoints/{place.endpoint}")

        root = place.directory / place.endpoint / variant.name / number
        instance = Instance(
            variant.model, root, place.images, sink, purpose=f"production variant {variant.name}"
        )
        instance.start(self.closing, variant.startup_seconds or STARTUP_SECONDS)
        return instance

    def _replace(self, instance: Instance) -> None:
        instance.stop()
        instance.clean()
        while not self.closing.is_set():
            try:
                return self._add()
            except HostingFailure as failure:
                _log.warning("%s/%s: %s", self._place.endpoint, self.variant.name, failure)
                self.closing.wait(_RETRY_SECONDS)

    def _retire(self, instance: Instance) -> None:
        end = time.monotonic() + DRAIN_SECONDS
        with self._changed:
            while instance.in_flight and (left := end - time.monotonic()) > 0:
                self._changed.wait(left)
        instance.stop()
        instance.clean()
