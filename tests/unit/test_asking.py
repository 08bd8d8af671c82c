"""One way to ask, whatever answers: what SageMaker wraps comes out as the function says it."""

import io
import json
from dataclasses import fields
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cli.asking import ask, asker
from cli.stack import Stack

REFUSAL = {"error": {"status": 400, "message": "age: got 'x'", "violations": []}}
ANSWER = {"predictions": [{"id": "1", "score": 0.5, "label": "yes"}], "model": {}}


class ModelError(ClientError):
    """As boto3 makes it for sagemaker-runtime."""


class Runtime:
    """sagemaker-runtime, with one answer or one error."""

    class exceptions:
        ModelError = ModelError

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def client(self, service: str) -> "Runtime":
        assert service == "sagemaker-runtime"
        return self

    def invoke_endpoint(self, EndpointName: str, ContentType: str, Body: bytes) -> dict[str, Any]:
        assert (EndpointName, ContentType) == ("penstock-dev-x-live", "application/json")
        if isinstance(self._answer, Exception):
            raise self._answer
        return {"Body": io.BytesIO(json.dumps(self._answer).encode())}


def refused(message: str) -> ModelError:
    error = {"Code": "ModelError", "Message": f"Received server error: {message}"}
    said: Any = {"Error": error, "OriginalMessage": message}
    return ModelError(said, "InvokeEndpoint")


STACK = Stack(**{f.name: "x" for f in fields(Stack)} | {"endpoint_name": "penstock-dev-x-live"})


def asked(answer: Any) -> dict[str, Any]:
    target: Any = Runtime(answer)
    return ask(target, STACK, b"{}")


def test_an_endpoints_answer_is_the_answer() -> None:
    assert asked(ANSWER) == ANSWER


def test_a_refusal_comes_out_of_sagemakers_wrapping() -> None:
    assert asked(refused(json.dumps(REFUSAL))) == REFUSAL


def test_a_container_that_crashed_is_told_in_its_own_words() -> None:
    said = asked(refused("Internal Server Error"))["error"]
    assert (said["status"], said["message"]) == (500, "Internal Server Error")


def test_who_answered_is_the_model_also_of_what_failed() -> None:
    """So that callers can tell a canary's failures from the champion's."""
    name = "penstock-dev-x-0a1b2c3d-261121152701"
    target: Any = Runtime(ANSWER | {"model": {"version": name}})
    assert asker(target, STACK)(b"{}").version == name
    target = Runtime(refused(f"{name} ran out of memory"))
    assert asker(target, STACK)(b"{}").version == name


def test_before_the_first_release_there_is_no_endpoint() -> None:
    missing: Any = {"Error": {"Code": "ValidationError", "Message": "Endpoint x not found."}}
    said = asked(ClientError(missing, "InvokeEndpoint"))["error"]
    assert said["status"] == 503
    assert "no model has been released yet" in said["message"]


def test_another_error_of_aws_is_not_hidden() -> None:
    denied: Any = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
    with pytest.raises(ClientError, match="AccessDenied"):
        asked(ClientError(denied, "InvokeEndpoint"))
