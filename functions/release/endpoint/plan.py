"""What is to be released, and whether anything is: champion, package and what is live."""

import hashlib
import json
from typing import Any

from functions.release import table, wanted
from functions.release.context import State
from functions.release.endpoint import live, made
from functions.release.endpoint.context import EndpointRelease
from functions.release.endpoint.live import Live
from functions.shared import endpoint_names as names


def plan(state: State, release: EndpointRelease) -> dict[str, Any]:
    """Look only, but for one thing: what a broken-off release left moving is put back first."""
    found = _at_home(release)
    version = found.config if found and found.status == "InService" else None
    champion = table.champion(release)
    out: dict[str, Any] = {
        "action": "nothing_to_release",
        # no endpoint that answers: the first release, or the first after another mode of serving
        "at_once": version is None or release.strategy == "all_at_once",
        "alias_version": version,
        "fingerprint": None,
        "champion": champion,
        "model": None,
    }
    if state["reason"] == "rollback":
        return out | _rollback(state, release, champion)
    model, why = wanted.wanted(state, release, champion)
    if model is None:
        return out | {"why": why}
    mark = fingerprint(release, model["model_sha256"])
    out |= {"fingerprint": mark, "model": model}
    if champion and (champion["fingerprint"], champion["version"]) == (mark, version):
        return out | {"why": f"{version} already serves this code and model"}
    if rejected := wanted.rejected(state, release, mark, answers=version is not None):
        return out | {"why": rejected}
    if champion and champion["version"] != version:
        why = f"live is {version or 'nothing'}, the champion is {champion['version']}"
    return out | {"action": "release", "why": why}


def fingerprint(release: EndpointRelease, model_sha256: str) -> str:
    """sha256, hex, over all that makes an endpoint answer as it does."""
    settings = release.settings
    what = {
        "Code": settings.code_key,
        "Model": model_sha256,
        "Image": settings.image_uri,
        "Role": settings.endpoint_role_arn,
        "Environment": release.container,
        "Serving": release.serving,
    }
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def _at_home(release: EndpointRelease) -> Live | None:
    """The endpoint, at rest and with no shadow beside the champion."""
    found = live.settle(release, forsaken=True)
    if found and (home := names.without_shadow(found.config)) != found.config:
        return live.point(release, home)
    return found


def _rollback(
    state: State, release: EndpointRelease, champion: dict[str, Any] | None
) -> dict[str, Any]:
    back = wanted.going_back(state, release, champion)
    if (version := back.get("version")) is None:
        return back
    # a function's version is asked for under no name that this role may ask for
    if names.is_of(release.settings.slug, version) and made.has_config(release, version):
        return back
    return {"why": f"the predecessor {version} is no endpoint's: release its model"}
