"""One request to whatever answers: the function's alias, or the endpoint."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from cli.stack import Stack
from cli.target import Target

JSON = "application/json"
# how a release names the models of an endpoint
_MODEL = re.compile(r"penstock-[a-z0-9-]+-[0-9a-f]{8}-\d{12}")


@dataclass(frozen=True)
class Answer:
    """`body`: predictions, or the error as it was answered, or what Lambda says of a crash.
    `version`: who answered, a function's version or an endpoint's model; ? where nobody says."""

    body: dict[str, Any]
    version: str = "?"


Ask = Callable[[bytes], Answer]


def asker(target: Target, stack: Stack, **settings: Any) -> Ask:
    """For many requests, also from several threads: its client is made once, by `settings`."""
    if stack.endpoint_name:
        client = target.client("sagemaker-runtime", **settings)
        return partial(_endpoint, client, stack.endpoint_name)
    client = target.client("lambda", **settings)
    return partial(_function, client, stack.predict_function_name, stack.predict_alias)


def ask(target: Target, stack: Stack, request: bytes) -> dict[str, Any]:
    """One request's body."""
    return asker(target, stack)(request).body


def read(said: str | bytes) -> dict[str, Any]:
    """The body as JSON; a container that crashed says so in plain text."""
    try:
        return json.loads(said)  # type: ignore[no-any-return]
    except ValueError:
        return error(500, said if isinstance(said, str) else said.decode(errors="replace"))


def error(status: int, message: str) -> dict[str, Any]:
    """As predict says it."""
    return {"error": {"status": status, "message": message, "violations": []}}


def _function(client: Any, function: str, alias: str, request: bytes) -> Answer:
    said = client.invoke(FunctionName=function, Qualifier=alias, Payload=request)
    return Answer(read(said["Payload"].read()), str(said.get("ExecutedVersion", "?")))


def _endpoint(client: Any, name: str, request: bytes) -> Answer:
    """SageMaker wraps what the container refuses into an error of its own."""
    try:
        said = client.invoke_endpoint(EndpointName=name, ContentType=JSON, Body=request)
    except client.exceptions.ModelError as refused:
        named = _MODEL.search(str(refused))
        return Answer(read(refused.response["OriginalMessage"]), named[0] if named else "?")
    except ClientError as failed:
        if "not found" in str(failed):
            return Answer(
                error(503, f"no model has been released yet: there is no endpoint {name}")
            )
        raise
    body = read(said["Body"].read())
    return Answer(body, str(body.get("model", {}).get("version", "?")))
