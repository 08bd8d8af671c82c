"""One request to whatever answers: the function's alias, or the endpoint."""

import json
from typing import Any

from botocore.exceptions import ClientError

from cli.stack import Stack
from cli.target import Target

JSON = "application/json"


def ask(target: Target, stack: Stack, request: bytes) -> dict[str, Any]:
    """Predictions, or the error as it was answered, or what Lambda says of a crash."""
    if stack.endpoint_name:
        return _endpoint(target, stack.endpoint_name, request)
    answer = target.client("lambda").invoke(
        FunctionName=stack.predict_function_name, Qualifier=stack.predict_alias, Payload=request
    )
    return _read(answer["Payload"].read())


def _endpoint(target: Target, name: str, request: bytes) -> dict[str, Any]:
    """SageMaker wraps what the container refuses into an error of its own."""
    client = target.client("sagemaker-runtime")
    try:
        answer = client.invoke_endpoint(EndpointName=name, ContentType=JSON, Body=request)
    except client.exceptions.ModelError as error:
        return _read(error.response["OriginalMessage"])
    except ClientError as error:
        if "not found" in str(error):
            return _error(503, f"no model has been released yet: there is no endpoint {name}")
        raise
    return _read(answer["Body"].read())


def _read(said: str | bytes) -> dict[str, Any]:
    try:
        return json.loads(said)  # type: ignore[no-any-return]
    except ValueError:  # a container that crashed says so in plain text
        return _error(500, said if isinstance(said, str) else said.decode(errors="replace"))


def _error(status: int, message: str) -> dict[str, Any]:
    return {"error": {"status": status, "message": message, "violations": []}}
