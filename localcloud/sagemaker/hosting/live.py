"""One endpoint's processes: which fleets its requests go to, in which shares."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass

from localcloud.json_service import ServiceError
from localcloud.sagemaker.hosting import metrics
from localcloud.sagemaker.hosting.fleet import Fleet
from localcloud.sagemaker.hosting.fleets import Fleets
from localcloud.sagemaker.hosting.instance import Answer, NoAnswer, Unreachable

_log = logging.getLogger(__name__)
_TICK_SECONDS = 0.2
_TRIES = 3  # instances that are asked, when those before were not running
_shadows = ThreadPoolExecutor(16, thread_name_prefix="sagemaker-shadow")


@dataclass(frozen=True)
class Call:
    """A request as it came; `headers` in lower case, `forwarded` as the container sees them."""

    body: bytes
    headers: Mapping[str, str]
    forwarded: Mapping[str, str]
    variant: str | None = None
    container: str | None = None
    seconds: float = 60.0


class Live:
    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()
        self._standing: list[Fleets] = []
        self._closed = threading.Event()
        run = copy_context().run
        threading.Thread(
            target=run, args=(self._tend,), name=f"endpoint-{name}", daemon=True
        ).start()

    def shares(self, shares: Mapping[int, float], *fleets: Fleets) -> None:
        """Send requests to `fleets` in these shares, by position; to nothing else."""
        with self._lock:
            for position, one in enumerate(fleets):
                one.share = shares.get(position, 0.0)
            self._standing = list(fleets)

    def main(self) -> Fleets:
        with self._lock:
            return self._standing[0]

    def invoke(self, call: Call) -> tuple[str, Answer]:
        """The variant's name and the answer; raises ServiceError or NoAnswer."""
        began = time.monotonic()
        with self._lock:
            standing = [one for one in self._standing if one.share > 0]
            if not standing:
                raise ServiceError("ValidationError", f"Endpoint {self.name} not found.")
            chosen = standing[0]
            if len(standing) > 1:
                chosen = random.choices(standing, [one.share for one in standing])[0]
            chosen.enter()
        try:
            fleet = chosen.draw(call.variant)
            if call.variant is None and (shadow := chosen.shadow()):
                self._send_shadow(shadow, chosen, call)
            answer = self._answered(fleet, call, began)
            if 200 <= answer.status < 300 and chosen.capture.sampled():
                came = (call.headers.get("content-type", ""), call.body)
                went = (answer.headers.get("content-type", ""), answer.body)
                chosen.capture.keep(fleet.variant.name, came, went, call.headers)
            return fleet.variant.name, answer
        finally:
            chosen.leave()

    def close(self) -> None:
        self._closed.set()
        with self._lock:
            standing, self._standing = self._standing, []
        for one in standing:
            one.close()

    def _answered(self, fleet: Fleet, call: Call, began: float) -> Answer:
        size, taken = max(fleet.size, 1), 0.0
        status = 503
        try:
            for tries in range(1, _TRIES + 1):
                instance = fleet.take()
                asked = time.monotonic()
                try:
                    answer = instance.invoke(
                        call.body, call.forwarded, call.seconds, call.container
                    )
                    status, taken = answer.status, time.monotonic() - asked
                    return answer
                except NoAnswer as failure:
                    taken = time.monotonic() - asked
                    if not instance.alive():
                        fleet.lost(instance)
                    if not isinstance(failure, Unreachable) or tries == _TRIES:
                        raise
                finally:
                    fleet.give_back(instance)
            raise AssertionError("unreachable")
        except ServiceError as error:
            status = error.status
            raise
        finally:
            whole = time.monotonic() - began
            metrics.record(self.name, fleet.variant.name, status, taken, whole - taken, size)

    def _send_shadow(self, fleet: Fleet, of: Fleets, call: Call) -> None:
        """A copy whose answer nobody sees."""
        of.enter()

        def send() -> None:
            try:
                self._answered(fleet, call, time.monotonic())
            except (ServiceError, NoAnswer) as error:
                _log.info("%s: the shadow variant gave no answer: %s", self.name, error)
            finally:
                of.leave()

        _shadows.submit(copy_context().run, send)

    def _tend(self) -> None:
        while not self._closed.wait(_TICK_SECONDS):
            for one in list(self._standing):
                try:
                    one.tend()
                except Exception:
                    _log.exception("endpoint %s", self.name)
