"""The golden requests against the very version that would go live."""

import json
from typing import Any

from functions.release import golden
from functions.release.context import FunctionRelease, State
from functions.release.golden import Body


def smoke(state: State, release: FunctionRelease) -> dict[str, Any]:
    """Every golden request; SmokeFailed names the first that errs or is answered otherwise."""
    version = state["publish"]["version"]
    return golden.check(
        release,
        state["plan"]["model"],
        lambda request: invoke(release, version, request),
        f"version {version}",
    )


def invoke(release: FunctionRelease, version: str, request: Body) -> Body:
    """What the version answers; what Lambda says of its error where it fails.

    An invocation by version number is no traffic: predict keeps no record of it.
    """
    answer = release.aws.awslambda.invoke(
        FunctionName=release.settings.predict_function,
        Qualifier=version,
        Payload=json.dumps(request).encode(),
    )
    said: Body = json.loads(answer["Payload"].read())
    return {"error": said} if answer.get("FunctionError") else said
