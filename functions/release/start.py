"""What CodeDeploy is to do, and a verdict that begins at good."""

import hashlib
import json
import math
from typing import Any

from functions.release import live, verdict
from functions.release.context import FunctionRelease, Release, State
from penstock import shift

SECONDS_BETWEEN_CHECKS = 30
MAX_CHECKS = 500  # an execution ends at 25,000 events, and a round takes 14 of them


def start(state: State, release: FunctionRelease) -> dict[str, Any]:
    """AppSpec and rounds of the shift. AlarmStillOn while the last verdict's alarm is on."""
    verdict.begin(release)
    settings, version = release.settings, state["publish"]["version"]
    content = appspec(
        settings.predict_function, settings.alias, live.read(release).version, version
    )
    return rounds(release) | {
        "application": settings.codedeploy_application,
        "group": settings.deployment_group,
        "content": content,
        "sha256": hashlib.sha256(content.encode()).hexdigest(),
        "description": f"{settings.stack_name}: {state['plan']['why']}, version {version}",
    }


def rounds(release: Release) -> dict[str, int]:
    """When the judge begins to look, how often and how many times."""
    canary = release.usecase["serving"]["canary"]
    minutes = shift.bake_minutes(release.strategy, canary["percent"], canary["minutes"])
    seconds = max(SECONDS_BETWEEN_CHECKS, math.ceil(minutes * 60 / MAX_CHECKS))
    return {
        "started_ms": int(release.now() * 1000),
        "checks_total": math.ceil(minutes * 60 / seconds),
        "wait_seconds": seconds,
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
