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
    return _came_back(state, release, alias, old, verdict)


def _came_back(
    state: State, release: Release, alias: live.Alias, old: str, verdict: str | None
) -> dict[str, Any]:
    """Not promoted: the old version is live, or is made so; what that says of the new one."""
    put_back = (alias.version, alias.routing) != (old, {})
    found = f"live was version {alias.version} with {alias.routing or 'no'} weights"
    if put_back:
        alias = live.point(release, old, alias)
    if "deployment" not in state:
        why = cause(state) if "error" in state else "the alias did not keep the new version"
        return _result("failed", f"{why}; {found}", alias.version, [])
    steps = [release.usecase["serving"]["canary"]["percent"], 0]
    if "error" in state:
        return _result("failed", cause(state), alias.version, steps)
    ended, said = _deployment(state, release)
    # CodeDeploy gave up before the judge had an opinion: that says nothing of the model
    gave_up = verdict in (None, "waiting") and ended != "Succeeded"
    if gave_up or (verdict == "good" and put_back):
        return _result("failed", f"{said}; {found}, now {old}", alias.version, steps)
    judged = state.get("judge", {}).get("why", "never judged")
    why = {"good": said, "bad": judged}.get(verdict or "", f"the bake ended unjudged: {judged}")
    return _result("rolled_back", why, alias.version, steps)


def _deployment(state: State, release: Release) -> tuple[str, str]:
    """How the deployment ended, and CodeDeploy's own words for it."""
    info = release.aws.codedeploy.get_deployment(deploymentId=state["deployment"]["DeploymentId"])[
        "deploymentInfo"
    ]
    said = info.get("errorInformation", {}).get("message")
    said = said or info.get("rollbackInfo", {}).get("rollbackMessage")
    return info["status"], said or f"CodeDeploy says {info['status']}"


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
