"""Reads back what is live and compares it with what was asked for; a silent roll-back is none."""

import json
from typing import Any

from functions.release import live
from functions.release.context import Release, State


def settle(state: State, release: Release) -> dict[str, Any]:
    """What became of the release. Whatever is neither old nor new, whole, is put back to the old.

    StillMoving while a deployment has not ended; after an error it is stopped first.
    """
    plan = state.get("plan")
    if not plan or plan["action"] != "release":
        return _result("failed", cause(state), None, [])
    if "error" in state:
        live.settle_deployments(release)
    else:
        live.wait_for_deployments(release)
    old, new = plan["alias_version"], state.get("publish", {}).get("version")
    percent = release.usecase["serving"]["canary"]["percent"]
    verdict = state.get("judge", {}).get("verdict") if "deployment" in state else None
    alias = live.read(release)
    if "error" not in state and (alias.version, alias.routing) == (new, {}):
        if "deployment" not in state:
            return _result("promoted", "golden requests passed", new, [100])
        if verdict == "good":
            return _result("promoted", state["judge"]["why"], new, [percent, 100])
    put_back = (alias.version, alias.routing) != (old, {})
    found = f"live was version {alias.version} with {alias.routing or 'no'} weights"
    if put_back:
        alias = live.point(release, old, alias)
    steps = [percent, 0] if "deployment" in state else []
    if "error" in state:
        return _result("failed", cause(state), alias.version, steps)
    why = _why_not(state, release, verdict)
    if verdict is None or (put_back and verdict == "good"):
        return _result("failed", f"{why}; {found}, now {old}", alias.version, steps)
    return _result("rolled_back", why, alias.version, steps)


def _why_not(state: State, release: Release, verdict: str | None) -> str:
    """The judge's reason, else CodeDeploy's own."""
    if "deployment" not in state:
        return "the alias did not keep the new version"
    if verdict != "good":
        return str(state.get("judge", {}).get("why", "never judged"))
    info = release.aws.codedeploy.get_deployment(deploymentId=state["deployment"]["DeploymentId"])[
        "deploymentInfo"
    ]
    said = info.get("errorInformation", {}).get("message")
    said = said or info.get("rollbackInfo", {}).get("rollbackMessage")
    return str(said or f"CodeDeploy says {info['status']}")


def cause(state: State) -> str:
    """The message inside Step Functions' {"Error", "Cause"}; a Lambda's cause is JSON."""
    error = state.get("error")
    if not error:
        return "settled without a plan"
    try:
        cause = json.loads(error.get("Cause", ""))["errorMessage"]
    except (ValueError, KeyError, TypeError):
        cause = error.get("Cause", "")
    return f"{error.get('Error', 'error')}: {cause}"[:1000]


def _result(result: str, why: str, version: str | None, steps: list[int]) -> dict[str, Any]:
    return {"result": result, "why": why, "live_version": version, "percent_steps": steps}
