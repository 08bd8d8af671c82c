"""Reads back what is live and compares it with what was asked for; a silent roll-back is none."""

from typing import Any

from functions.release import live
from functions.release.context import FunctionRelease, State
from functions.release.outcome import cause, reached, result, steps


def settle(state: State, release: FunctionRelease) -> dict[str, Any]:
    """What became of the release. Whatever is neither old nor new, whole, is put back to the old.

    StillMoving while a deployment has not ended; after an error it is stopped first.
    """
    plan = state.get("plan")
    if not plan or plan["action"] == "nothing_to_release":
        return result("failed", cause(state), None, [])
    if "error" in state:
        live.settle_deployments(release)
    else:
        live.wait_for_deployments(release)
    alias = live.read(release)
    if plan["action"] == "rollback":
        return _restored(state, release, alias)
    old, new = plan["alias_version"], state.get("publish", {}).get("version")
    verdict = state.get("judge", {}).get("verdict") if "deployment" in state else None
    if "error" not in state and (alias.version, alias.routing) == (new, {}):
        if "deployment" not in state:
            return result("promoted", "golden requests passed", new, [100])
        if verdict == "good":
            return result("promoted", state["judge"]["why"], new, [*steps(release)])
    return _came_back(state, release, alias, old, verdict)


def _came_back(
    state: State, release: FunctionRelease, alias: live.Alias, old: str, verdict: str | None
) -> dict[str, Any]:
    """Not promoted: the old version is live, or is made so; what that says of the new one."""
    put_back = (alias.version, alias.routing) != (old, {})
    found = f"live was version {alias.version} with {alias.routing or 'no'} weights"
    if put_back:
        alias = live.point(release, old, alias)
    if "deployment" not in state:
        why = cause(state) if "error" in state else "the alias did not keep the new version"
        return result("failed", f"{why}; {found}", alias.version, [])
    shares = [*reached(state, release), 0]
    if "error" in state:
        return result("failed", cause(state), alias.version, shares)
    ended, said = _deployment(state, release)
    # CodeDeploy gave up before the judge had an opinion: that says nothing of the model
    gave_up = verdict in (None, "waiting") and ended != "Succeeded"
    if gave_up or (verdict == "good" and put_back):
        return result("failed", f"{said}; {found}, now {old}", alias.version, shares)
    judged = state.get("judge", {}).get("why", "never judged")
    why = {"good": said, "bad": judged}.get(verdict or "", f"the bake ended unjudged: {judged}")
    return result("rolled_back", why, alias.version, shares)


def _restored(state: State, release: FunctionRelease, alias: live.Alias) -> dict[str, Any]:
    """The way back is an alias move: it is whole, or the old version keeps what it has."""
    plan = state["plan"]
    if (alias.version, alias.routing) == (plan["version"], {}):
        return result("restored", plan["why"], alias.version, [100])
    if alias.routing:
        alias = live.point(release, alias.version, alias)
    why = cause(state) if "error" in state else "the alias did not keep the predecessor"
    return result("failed", f"{why}; live is version {alias.version}", alias.version, [])


def _deployment(state: State, release: FunctionRelease) -> tuple[str, str]:
    """How the deployment ended, and CodeDeploy's own words for it."""
    info = release.aws.codedeploy.get_deployment(deploymentId=state["deployment"]["DeploymentId"])[
        "deploymentInfo"
    ]
    said = info.get("errorInformation", {}).get("message")
    said = said or info.get("rollbackInfo", {}).get("rollbackMessage")
    return info["status"], said or f"CodeDeploy says {info['status']}"
