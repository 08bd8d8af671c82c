"""What is to be released, and whether anything is: champion, package and what is live."""

from typing import Any

from functions.release import function, live, smoke, wanted
from functions.release.context import FunctionRelease, State
from functions.release.fingerprint import fingerprint
from functions.release.live import Alias
from functions.release.table import champion as read_champion

NO_MODEL = 503  # what predict says of a version that no release has touched


def plan(state: State, release: FunctionRelease) -> dict[str, Any]:
    """Look only, but for one thing: what a broken-off release left moving is put back first."""
    live.settle_deployments(release)
    alias = live.read(release)
    if alias.routing:
        alias = live.point(release, alias.version, alias)
    champion = read_champion(release)
    answers = _answers(release, champion, alias)
    out: dict[str, Any] = {
        "action": "nothing_to_release",
        "at_once": release.strategy == "all_at_once" or not answers,
        "alias_version": alias.version,
        "fingerprint": None,
        "champion": champion,
        "model": None,
    }
    if state["reason"] == "rollback":
        return out | _rollback(state, release, champion)
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
    if rejected := wanted.rejected(state, release, mark, answers=answers):
        return out | {"why": rejected}
    return out | {"action": "release", "why": _moved(champion, alias) or why}


def _answers(release: FunctionRelease, champion: dict[str, Any] | None, alias: Alias) -> bool:
    """Is there anyone whom a canary could leave the rest of the traffic to? Not before the first
    model, nor where another mode of serving had it: `live` is on a version without one then."""
    if champion is None:
        return False
    if champion["version"] == alias.version:
        return True
    said = smoke.invoke(release, alias.version, {"instances": []})
    return bool(said.get("error", {}).get("status") != NO_MODEL)


def _rollback(
    state: State, release: FunctionRelease, champion: dict[str, Any] | None
) -> dict[str, Any]:
    back = wanted.going_back(state, release, champion)
    if "version" in back and not function.has_version(release, back["version"]):
        return {"why": f"the predecessor {back['version']} is no version: release its model"}
    return back


def _moved(champion: dict[str, Any] | None, alias: Alias) -> str | None:
    if champion and champion["version"] != alias.version:
        return f"live is version {alias.version}, the champion is {champion['version']}"
    return None
