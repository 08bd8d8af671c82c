"""Carries a deployment out with the group's service role: hooks, steps, alarms, roll-back."""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from localcloud import clock, roles
from localcloud.codedeploy import alarms, configs
from localcloud.codedeploy.appspec import HOOKS, Shift
from localcloud.codedeploy.failure import Failure, of
from localcloud.codedeploy.record import Deployment

log = logging.getLogger(__name__)

_HOOK_SECONDS = 3600.0  # real: a hook does real work
_POLL_SECONDS = 10.0


def run(deployment: Deployment, keep: Callable[[Deployment], None]) -> None:
    """`keep` makes a roll-back, which is a deployment of its own, known under its id."""
    lambda_ = roles.client("lambda", deployment.role, deployment.id)
    try:
        deployment.enter("InProgress")
        _deploy(deployment, lambda_)
        deployment.enter("Succeeded")
    except Failure as failure:
        _end(deployment, failure, lambda_, keep)
    except (ClientError, BotoCoreError) as error:
        _end(deployment, of(error), lambda_, keep)
    except Exception as error:
        log.exception("deployment %s", deployment.id)
        _end(deployment, Failure("INTERNAL_ERROR", repr(error)), lambda_, keep)


def interrupted(deployment: Deployment, keep: Callable[[Deployment], None]) -> None:
    """The end of one whose server has ended; a roll-back that had begun is done again."""
    lambda_ = roles.client("lambda", deployment.role, deployment.id)
    if deployment.creator == "codeDeployRollback":
        return _roll_back(deployment, lambda_)
    text = "The local cloud ended during the deployment"
    _end(deployment, Failure("INTERNAL_ERROR", text), lambda_, keep)


def _deploy(deployment: Deployment, lambda_: Any) -> None:
    shift = deployment.shift
    alias = lambda_.get_alias(FunctionName=shift.function, Name=shift.alias)
    if alias["FunctionVersion"] != shift.current:
        raise Failure(
            "INVALID_LAMBDA_CONFIGURATION",
            f"The deployment failed because the current version {shift.current} in the AppSpec "
            f"does not match the version {alias['FunctionVersion']} of alias {shift.alias}",
        )
    if shift.target == shift.current:
        raise Failure("INVALID_LAMBDA_CONFIGURATION", "")  # AWS too gives no reason here
    _check_target(shift)
    _see_provisioned(lambda_, shift)
    _hook(deployment, HOOKS[0])
    deployment.lifecycle["AllowTraffic"] = "InProgress"
    for percent, minutes in configs.steps(deployment.config):
        alarms.check(deployment)
        _move(lambda_, shift, percent)
        deployment.weight = float(percent)
        _bake(deployment, minutes * 60)
    deployment.lifecycle["AllowTraffic"] = "Succeeded"
    _hook(deployment, HOOKS[1])


def _check_target(shift: Shift) -> None:
    """AWS's UpdateAlias refuses a version that does not exist; MiniStack's takes it. Looked up in
    process, since the service role needs no right to read the function."""
    from ministack.services import lambda_svc

    _, config, _ = lambda_svc._get_func_record_for_ref(f"{shift.function}:{shift.target}")
    if config is None:
        raise Failure(
            "INVALID_LAMBDA_FUNCTION",
            f"Function not found: version {shift.target} of {shift.function} does not exist",
        )


def _see_provisioned(lambda_: Any, shift: Shift) -> None:
    """What CodeDeploy looks at before it moves an alias: its environments must be ready."""
    try:
        found = lambda_.get_provisioned_concurrency_config(
            FunctionName=shift.function, Qualifier=shift.alias
        )
    except lambda_.exceptions.ProvisionedConcurrencyConfigNotFoundException:
        return
    if found["Status"] == "FAILED":
        why = f"The provisioned concurrency of alias {shift.alias}: {found.get('StatusReason', '')}"
        raise Failure("INVALID_LAMBDA_CONFIGURATION", why)


def _move(lambda_: Any, shift: Shift, percent: float) -> None:
    done = percent >= 100
    weights = {} if done else {shift.target: percent / 100}
    lambda_.update_alias(
        FunctionName=shift.function,
        Name=shift.alias,
        FunctionVersion=shift.target if done else shift.current,
        RoutingConfig={"AdditionalVersionWeights": weights},
    )


def _bake(deployment: Deployment, seconds: float) -> None:
    end = clock.after(seconds)
    while not end.passed():
        pause = max(_POLL_SECONDS, 0.1 * clock.scale())  # at most ten looks in a real second
        if clock.sleep(min(pause, end.left()), deployment.stop_requested):
            alarms.check(deployment)
        elif deployment.stop_requested.is_set():
            raise Failure("MANUAL_STOP", "The deployment was stopped by a request", "Stopped")


def _hook(deployment: Deployment, name: str) -> None:
    """Invoke the hook's function and wait until it reports its status."""
    if name not in deployment.shift.hooks:
        deployment.lifecycle[name] = "Skipped"
        return
    deployment.lifecycle[name] = "InProgress"
    execution = secrets.token_urlsafe(32)
    deployment.hooks[execution] = "Pending"
    payload = {"DeploymentId": deployment.id, "LifecycleEventHookExecutionId": execution}
    roles.client("lambda", deployment.role, deployment.id).invoke(
        FunctionName=deployment.shift.hooks[name],
        InvocationType="Event",
        Payload=json.dumps(payload).encode(),
    )
    end = time.monotonic() + _HOOK_SECONDS
    while deployment.hooks[execution] == "Pending" and time.monotonic() < end:
        if deployment.stop_requested.wait(0.05):
            raise Failure("MANUAL_STOP", "The deployment was stopped by a request", "Stopped")
    if deployment.hooks[execution] != "Succeeded":
        deployment.lifecycle[name] = "Failed"
        raise Failure("HOOK_EXECUTION_FAILURE", f"The hook {name} did not report Succeeded")
    deployment.lifecycle[name] = "Succeeded"


def _end(
    deployment: Deployment, failure: Failure, lambda_: Any, keep: Callable[[Deployment], None]
) -> None:
    if deployment.lifecycle["AllowTraffic"] == "InProgress":
        deployment.lifecycle["AllowTraffic"] = "Failed"
    if not _rolls_back(deployment, failure):
        return deployment.enter(failure.status, (failure.code, failure.message))
    shift = deployment.shift
    back = Deployment(
        application=deployment.application,
        group=deployment.group,
        config=deployment.config,
        role=deployment.role,
        shift=Shift(shift.function, shift.alias, shift.target, shift.current),
        revision=deployment.revision,
        description="Automatic rollback",
        creator="codeDeployRollback",
    )
    back.rollback_info = {
        "rollbackTriggeringDeploymentId": deployment.id,
        "rollbackMessage": f"Automatic rollback of {deployment.id}",
    }
    deployment.rollback_info = {
        "rollbackDeploymentId": back.id,
        "rollbackMessage": f"Rolled back by deployment {back.id}: {failure.message}",
    }
    keep(back)
    deployment.enter(failure.status, (failure.code, failure.message))
    _roll_back(back, lambda_)


def _rolls_back(deployment: Deployment, failure: Failure) -> bool:
    if deployment.weight == 0:  # the alias was not touched: there is nothing to put back
        return False
    if failure.code == "MANUAL_STOP":
        return deployment.stop_rolls_back
    event = "DEPLOYMENT_STOP_ON_ALARM" if failure.code == "ALARM_ACTIVE" else "DEPLOYMENT_FAILURE"
    rollback = deployment.rollback
    return bool(rollback.get("enabled")) and event in rollback.get("events", [])


def _roll_back(back: Deployment, lambda_: Any) -> None:
    """All of the traffic at once to the version that had it, and no weight left behind."""
    back.enter("InProgress")
    try:
        _move(lambda_, back.shift, 100)
        back.weight = 100.0
        back.lifecycle = dict.fromkeys(back.lifecycle, "Skipped") | {"AllowTraffic": "Succeeded"}
        back.enter("Succeeded")
    except (ClientError, BotoCoreError) as error:
        failure = of(error)
        back.enter("Failed", (failure.code, failure.message))
