"""What CodeDeploy is to do, and a verdict that begins at good."""

import hashlib
import json
import math
from typing import Any

from functions.release import live, verdict
from functions.release.context import Release, State
from functions.release.errors import AlarmStillOn

SECONDS_BETWEEN_CHECKS = 30


def start(state: State, release: Release) -> dict[str, Any]:
    """AppSpec and rounds of the canary. AlarmStillOn while the last verdict's alarm is on."""
    verdict.put(release, bad=False)
    if verdict.alarm_is_on(release):
        raise AlarmStillOn(
            "the verdict of an earlier release still holds its alarm",
            where=release.settings.verdict_alarm,
            expected="OK before a canary begins",
        )
    settings, version = release.settings, state["publish"]["version"]
    content = appspec(
        settings.predict_function, settings.alias, live.read(release).version, version
    )
    seconds = release.usecase["serving"]["canary"]["minutes"] * 60
    return {
        "application": settings.codedeploy_application,
        "group": settings.deployment_group,
        "content": content,
        "sha256": hashlib.sha256(content.encode()).hexdigest(),
        "description": f"{settings.stack_name}: {state['plan']['why']}, version {version}",
        "started_ms": int(release.now() * 1000),
        "checks_total": math.ceil(seconds / SECONDS_BETWEEN_CHECKS),
        "wait_seconds": SECONDS_BETWEEN_CHECKS,
    }


def appspec(function: str, alias: str, current: str, target: str) -> str:
    """The AppSpec of an alias move; `current` was read from the alias in this execution."""
    properties = {
        "Name": function,
        "Alias": alias,
        "CurrentVersion": current,
        "TargetVersion": target,
    }
    resource = {"predict": {"Type": "AWS::Lambda::Function", "Properties": properties}}
    return json.dumps({"version": 0.0, "Resources": [resource]})
