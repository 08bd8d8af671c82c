"""The golden requests against the very model that would go live, on an endpoint of its own.

One instance for the ten minutes or so that SageMaker takes: about 2 cents with ml.m5.large. The
first release too is tried there: the endpoint that callers know does not answer with a model that
has not passed.
"""

import json
from typing import Any

from botocore.exceptions import ClientError

from functions.release import golden
from functions.release.context import State
from functions.release.endpoint import live, made
from functions.release.endpoint.context import EndpointRelease
from functions.release.errors import SmokeFailed, StillMoving
from functions.shared import endpoint_names as names


def smoke(state: State, release: EndpointRelease) -> dict[str, Any]:
    """StillMoving until the trial endpoint is up; then every golden request is asked of it.

    SmokeFailed names the first that errs or answers otherwise, or why the model did not come up.
    """
    model = state["publish"]["version"]
    config, name = names.trial(model), release.settings.trial_name
    found = live.read(release, name)
    if found and found.config != config:  # a broken-off release left it
        live.remove(release, name)
    if found is None:
        made.config(release, config, model, instances=1)
        live.create(release, name, config)
    if found is None or found.is_busy:
        raise StillMoving("the trial endpoint is starting", where=name, expected="InService")
    if found.status != "InService":
        raise SmokeFailed(found.failure or found.status, where=model, expected="a model that runs")
    report = golden.check(
        release, state["plan"]["model"], lambda asked: _ask(release, asked), model
    )
    release.aws.sagemaker.delete_endpoint(EndpointName=name)  # settle sees to it otherwise
    return report


def end(release: EndpointRelease) -> None:
    """No trial endpoint is left, whatever became of the trial; StillMoving until it is gone."""
    name = release.settings.trial_name
    if found := live.read(release, name):
        live.remove(release, name)
        made.remove_config(release, found.config)


def _ask(release: EndpointRelease, request: dict[str, Any]) -> dict[str, Any]:
    """The answer's body, also of a refusal."""
    try:
        answer = release.aws.runtime.invoke_endpoint(
            EndpointName=release.settings.trial_name,
            ContentType="application/json",
            Body=json.dumps(request).encode(),
        )
    except ClientError as error:
        return {"error": str(error)}
    return dict(json.loads(answer["Body"].read()))
