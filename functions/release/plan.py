"""What is to be released, and whether anything is: champion, package and what is live."""

from typing import Any

from functions.release import live, wanted
from functions.release.context import FunctionRelease, State
from functions.release.fingerprint import fingerprint
from functions.release.live import Alias
from functions.release.table import champion as read_champion


def plan(state: State, release: FunctionRelease) -> dict[str, Any]:
    """Look only, but for one thing: what a broken-off release left moving is put back first."""
    live.settle_deployments(release)
    alias = live.read(release)
    if alias.routing:
        alias = live.point(release, alias.version, alias)
    champion = read_champion(release)
    out: dict[str, Any] = {
        "action": "nothing_to_release",
        "at_once": champion is None or release.strategy == "all_at_once",
        "alias_version": alias.version,
        "fingerprint": None,
        "champion": champion,
        "model": None,
    }
    if state["reason"] == "rollback":
        return out | wanted.going_back(state, release, champion)
    model, why = wanted.wanted(state, release, champion)
    if model is None:
        return out | {"why": why}
    configuration = release.aws.awslambda.get_function_configuration(
        FunctionName=release.settings.predict_function
    )
    mark = fingerprint(configuration, release.settings.code_key, model["model_sha256"])
    out |= {"fingerprint": mark, "model": model}
    if champion and (champion["fingerprint"], champion["version"]) == (mark, alias.version):
        return out | {"why": f"version {alias.version} already serves this code and model"}
    if rejected := wanted.rejected(state, release, mark):
        return out | {"why": rejected}
    return out | {"action": "release", "why": _moved(champion, alias) or why}


def _moved(champion: dict[str, Any] | None, alias: Alias) -> str | None:
    if champion and champion["version"] != alias.version:
        return f"live is version {alias.version}, the champion is {champion['version']}"
    return None
