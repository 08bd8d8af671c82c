"""The fleets of one endpoint configuration, which requests are drawn to by their weights."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from localcloud.json_service import ServiceError
from localcloud.sagemaker.hosting.capture import Capture
from localcloud.sagemaker.hosting.fleet import DRAIN_SECONDS, Fleet, Place
from localcloud.sagemaker.hosting.state import Plan


class Fleets:
    def __init__(self, place: Place, plan: Plan) -> None:
        self.plan = plan
        self.share = 0.0  # of the endpoint's requests, while two of these stand side by side
        self.fleets = {one.name: Fleet(place, one) for one in plan.variants}
        self.capture = Capture(place.endpoint, plan.role, plan.capture)
        self._users = 0
        self._left = threading.Condition()

    def start(self) -> None:
        """All variants at once; raises HostingFailure of the first that does not come up."""
        with ThreadPoolExecutor(len(self.fleets)) as pool:
            started = [pool.submit(copy_context().run, one.start) for one in self.fleets.values()]
        for one in started:
            one.result()

    def draw(self, target: str | None) -> Fleet:
        production = self.plan.production()
        if target is not None:
            if target not in [one.name for one in production]:
                raise ServiceError("ValidationError", f"Variant {target} not found.")
            return self.fleets[target]
        weights = [one.weight for one in production]
        return self.fleets[random.choices(production, weights)[0].name]

    def shadow(self) -> Fleet | None:
        """The shadow variant's fleet, for the share of requests that its weight asks for."""
        for one in self.plan.shadows():
            share = one.weight / (self.plan.production()[0].weight or 1.0)
            if random.random() < share:
                return self.fleets[one.name]
        return None

    def enter(self) -> None:
        with self._left:
            self._users += 1

    def leave(self) -> None:
        with self._left:
            self._users -= 1
            self._left.notify_all()

    def tend(self) -> None:
        for fleet in self.fleets.values():
            fleet.tend()
        self.capture.flush()

    def close(self, now: bool = False) -> None:
        """When the requests that came in have their answers, all instances end."""
        end = time.monotonic() + (0.0 if now else DRAIN_SECONDS)
        with self._left:
            while self._users and (left := end - time.monotonic()) > 0:
                self._left.wait(left)
        for fleet in self.fleets.values():
            fleet.close()
        self.capture.close()
