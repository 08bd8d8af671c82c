"""Brings an endpoint up, and from one configuration to another without losing a request."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import clock, roles
from localcloud.sagemaker.hosting import names
from localcloud.sagemaker.hosting.facts import HostingFailure
from localcloud.sagemaker.hosting.fleets import Fleets
from localcloud.sagemaker.hosting.live import Live
from localcloud.sagemaker.hosting.policy import Policy
from localcloud.sagemaker.hosting.state import Endpoint, Plan

_log = logging.getLogger(__name__)
_POLL_SECONDS = 0.1

Make = Callable[[Plan], Fleets]


def create(endpoint: Endpoint, live: Live, make: Make) -> None:
    fleets = make(endpoint.live)
    try:
        fleets.start()
    except Exception as error:
        fleets.close(now=True)
        endpoint.failure = _reason(endpoint, error)
        return endpoint.enter("Failed")
    live.shares({0: 1.0}, fleets)
    endpoint.enter("InService")


def update(endpoint: Endpoint, live: Live, make: Make, policy: Policy) -> None:
    """Blue/green: the new fleets stand whole before any traffic comes to them. Rolling: the new
    ones grow and the old ones shrink by batches."""
    assert endpoint.pending is not None
    blue, green = live.main(), make(endpoint.pending)
    sizes = {name: fleet.variant.count for name, fleet in blue.fleets.items()}
    try:
        _Watch(endpoint, policy).carry_out(live, blue, green)
    except Exception as error:
        endpoint.failure = _reason(endpoint, error)
        endpoint.enter("RollingBack")
        for name, fleet in blue.fleets.items():
            _again(fleet.grow, sizes[name] - fleet.size)
        live.shares({0: 1.0}, blue)
        green.close()
        endpoint.pending = endpoint.pending_since = None
        return endpoint.enter("InService")
    live.shares({0: 1.0}, green)
    blue.close()
    endpoint.live, endpoint.failure = endpoint.pending, None
    endpoint.pending = endpoint.pending_since = None
    for variant in endpoint.live.variants:
        variant.status = None
    endpoint.enter("InService")


def resize(endpoint: Endpoint, live: Live, wanted: Plan) -> None:
    """Other weights and numbers of instances for the fleets that stand."""
    fleets = live.main().fleets
    before = {one.name: one.count for one in endpoint.live.variants}
    try:
        for one in wanted.variants:
            fleets[one.name].grow(one.count - before[one.name])
    except Exception as error:
        endpoint.failure = _reason(endpoint, error)
        endpoint.enter("RollingBack")
        for name, count in before.items():
            fleets[name].shrink(fleets[name].size - count)
        return endpoint.enter("InService")
    for now, one in zip(endpoint.live.variants, wanted.variants, strict=True):
        fleets[one.name].shrink(before[one.name] - one.count)
        now.count, now.weight, now.serverless = one.count, one.weight, one.serverless
    endpoint.failure = None
    endpoint.enter("InService")


class _Watch:
    """An update on its way: its steps, its alarms and its end."""

    def __init__(self, endpoint: Endpoint, policy: Policy) -> None:
        self._endpoint, self._policy = endpoint, policy
        self._end = clock.after(policy.seconds)

    def carry_out(self, live: Live, blue: Fleets, green: Fleets) -> None:
        self._check()
        if not self._policy.rolling:
            self._status(green, "Creating")
            green.start()
        for step in self._policy.steps:
            if self._policy.rolling:
                self._exchange(live, blue, green, step.share)
            self._status(green, "ActivatingTraffic")
            live.shares({0: 1.0 - step.share, 1: step.share}, blue, green)
            if self._policy.rolling:
                _shrink(blue, step.share)
            self._status(green, "Baking")
            self._bake(step.wait)

    def _exchange(self, live: Live, blue: Fleets, green: Fleets, share: float) -> None:
        self._status(green, "Updating")
        live.shares({0: blue.share, 1: green.share}, blue, green)
        for fleet in green.fleets.values():
            fleet.grow(math.ceil(fleet.variant.count * share) - fleet.size)

    def _bake(self, seconds: float) -> None:
        end = clock.after(seconds)
        while True:
            self._check()
            if end.wait(at_most=_POLL_SECONDS):
                return self._check() if seconds else None

    def _check(self) -> None:
        if self._end.passed():
            raise HostingFailure(
                "The deployment exceeded MaximumExecutionTimeoutInSeconds "
                f"{self._policy.seconds:g} and was rolled back"
            )
        if self._policy.alarms:
            _check_alarms(self._endpoint, self._policy.alarms)

    def _status(self, green: Fleets, status: str) -> None:
        for variant in green.plan.variants:
            variant.status, variant.since = status, names.now()


def _check_alarms(endpoint: Endpoint, alarms: tuple[str, ...]) -> None:
    """Read in the name of the model's role, which needs cloudwatch:DescribeAlarms for it."""
    client = roles.client("cloudwatch", endpoint.live.role, f"SageMaker-{endpoint.name}")
    try:
        answer = client.describe_alarms(
            AlarmNames=list(alarms), AlarmTypes=["MetricAlarm", "CompositeAlarm"]
        )
    except (ClientError, BotoCoreError) as error:
        raise HostingFailure(f"The alarms of the deployment cannot be read: {error}") from error
    found = {
        alarm["AlarmName"]: alarm["StateValue"]
        for kind in ("MetricAlarms", "CompositeAlarms")
        for alarm in answer.get(kind, [])
    }
    if gone := [name for name in alarms if name not in found]:
        raise HostingFailure(f"The deployment's alarms do not exist: {', '.join(gone)}")
    if on := [name for name in alarms if found[name] == "ALARM"]:
        raise HostingFailure(
            "The deployment was rolled back: one or more alarms were triggered: " + ", ".join(on)
        )


def _shrink(blue: Fleets, share: float) -> None:
    """To its share; the last instance ends when the requests that were drawn to it have answers."""
    for fleet in blue.fleets.values():
        left = math.floor(fleet.variant.count * (1.0 - share) + 1e-9)
        fleet.shrink(fleet.size - max(left, 1))


def _again(grow: Callable[[int], None], count: int) -> None:
    try:
        grow(count)
    except HostingFailure:
        _log.exception("an instance of the old fleet did not come back")


def _reason(endpoint: Endpoint, error: Exception) -> str:
    if isinstance(error, HostingFailure):
        return str(error)[:1024]
    _log.exception("endpoint %s", endpoint.name)
    return f"Request to service failed. If failure persists after retry, contact support. {error!r}"
