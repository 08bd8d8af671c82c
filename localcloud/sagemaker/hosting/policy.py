"""A DeploymentConfig as steps of traffic, refused where AWS refuses it."""

from __future__ import annotations

from dataclasses import dataclass

from localcloud.json_service import Document
from localcloud.sagemaker.hosting.names import refusal
from localcloud.sagemaker.hosting.state import Plan

_MOST_SECONDS = 28800.0


@dataclass(frozen=True)
class Step:
    """`share` of the requests goes to the new fleet, then alarms are watched for `wait` seconds."""

    share: float
    wait: float


@dataclass(frozen=True)
class Policy:
    steps: tuple[Step, ...]
    alarms: tuple[str, ...] = ()
    seconds: float = _MOST_SECONDS
    rolling: bool = False  # the old fleet shrinks as the new one grows


AT_ONCE = Policy((Step(1.0, 0.0),))


def policy(config: Document | None, plan: Plan, live: Plan) -> Policy:
    """How `live` is to become `plan`."""
    if not config:
        return AT_ONCE
    if {one.name for one in plan.variants} != {one.name for one in live.variants}:
        raise refusal(
            "With a DeploymentConfig the new endpoint configuration must have the same variant "
            "names as the old one"
        )
    if plan.serverless:
        raise refusal("DeploymentConfig is not supported for serverless endpoints")
    blue_green, rolling = config.get("BlueGreenUpdatePolicy"), config.get("RollingUpdatePolicy")
    if blue_green and rolling:
        raise refusal("Expected BlueGreenUpdatePolicy or RollingUpdatePolicy, and not both")
    rollback = config.get("AutoRollbackConfiguration", {})
    alarms = tuple(alarm["AlarmName"] for alarm in rollback.get("Alarms", []))
    if rolling:
        if len(plan.production()) > 1:
            raise refusal("RollingUpdatePolicy is not supported for several production variants")
        steps = _rolling(rolling, plan)
        seconds = rolling.get("MaximumExecutionTimeoutInSeconds", _MOST_SECONDS)
    elif blue_green:
        steps = _blue_green(blue_green, plan)
        seconds = blue_green.get("MaximumExecutionTimeoutInSeconds", _MOST_SECONDS)
    else:
        return Policy(AT_ONCE.steps, alarms)
    waits = sum(step.wait for step in steps)
    if seconds <= waits:
        raise refusal(
            f"MaximumExecutionTimeoutInSeconds {seconds:g} must be larger than the total waiting "
            f"time of the deployment, {waits:g} seconds"
        )
    return Policy(steps, alarms, float(seconds), bool(rolling))


def _blue_green(given: Document, plan: Plan) -> tuple[Step, ...]:
    routing = given["TrafficRoutingConfiguration"]
    kind, wait = routing["Type"], float(routing["WaitIntervalInSeconds"])
    end = Step(1.0, float(given.get("TerminationWaitInSeconds", 0)))
    wanted = {"CANARY": "CanarySize", "LINEAR": "LinearStepSize"}.get(kind)
    for member in ("CanarySize", "LinearStepSize"):
        if (member in routing) != (member == wanted):
            verb = "must be" if member == wanted else "cannot be"
            raise refusal(f"{member} {verb} given with the traffic routing type {kind}")
    if wanted is None:
        return (end,)
    share = _share(routing[wanted], plan)
    if share > 0.5 or (kind == "LINEAR" and share < 0.1):
        allowed = "at most 50%" if kind == "CANARY" else "10% to 50%"
        raise refusal(f"{wanted} must be {allowed} of the capacity; it is {share:.0%}")
    if kind == "CANARY":
        return (Step(share, wait), end)
    return (*_up(share, wait), end)


def _rolling(given: Document, plan: Plan) -> tuple[Step, ...]:
    share = _share(given["MaximumBatchSize"], plan)
    if not 0.05 <= share <= 0.5:
        raise refusal(f"MaximumBatchSize must be 5% to 50% of the capacity; it is {share:.0%}")
    wait = float(given["WaitIntervalInSeconds"])
    return (*_up(share, wait), Step(1.0, wait))


def _up(share: float, wait: float) -> list[Step]:
    """The steps before the last one."""
    found, reached = [], share
    while reached < 1.0 - 1e-9:
        found.append(Step(reached, wait))
        reached += share
    return found


def _share(size: Document, plan: Plan) -> float:
    if size["Type"] == "CAPACITY_PERCENT":
        return float(size["Value"]) / 100
    return float(size["Value"]) / sum(one.count for one in plan.production())
