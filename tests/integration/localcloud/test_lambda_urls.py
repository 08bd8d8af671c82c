"""Function URLs: an address that opens, signed and unsigned callers, payload format 2.0, limits."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from conftest import eventually
from localcloud_roles import allow, make_role
from localcloud_wires import ARN, Client, unique

import localcloud

Function = Callable[..., str]
ECHO = """
    import json
    def handler(event, context):
        how = json.loads(event.get("body") or "{}") if event["rawPath"] == "/how" else {}
        if "raise" in how:
            raise ValueError("secret")
        return how or event
"""


@pytest.fixture(scope="module")
def echo(function: Function) -> str:
    return function(ECHO)


@pytest.fixture(scope="module")
def open_url(client: Client, function: Function) -> str:
    """The URL of a function that anybody may call."""
    return make_url(client, function(ECHO), "NONE", public=True)


def make_url(client: Client, name: str, auth: str, public: bool = False, **settings: Any) -> str:
    made = client("lambda").create_function_url_config(FunctionName=name, AuthType=auth, **settings)
    if public:
        permit(client, name, "*", auth)
    return str(made["FunctionUrl"])


def permit(
    client: Client, name: str, principal: str, auth: str, both: bool = True, **more: Any
) -> None:
    client("lambda").add_permission(
        FunctionName=name,
        StatementId=unique("url"),
        Action="lambda:InvokeFunctionUrl",
        Principal=principal,
        FunctionUrlAuthType=auth,
        **more,
    )
    if both:
        client("lambda").add_permission(
            FunctionName=name,
            StatementId=unique("fn"),
            Action="lambda:InvokeFunction",
            Principal=principal,
            InvokedViaFunctionUrl=True,
            **more,
        )


def ask(
    url: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    keys: Credentials | None = None,
) -> tuple[int, Any, bytes]:
    headers = dict(headers or {})
    if keys:
        signed = AWSRequest(method, url, data=body, headers=headers)
        SigV4Auth(keys, "lambda", "us-east-1").add_auth(signed)
        headers = dict(signed.headers)
    request = urllib.request.Request(url, body, headers, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def assume(client: Client, role: str) -> Credentials:
    found = client("sts").assume_role(RoleArn=role, RoleSessionName="caller")["Credentials"]
    return Credentials(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])


def test_the_address_opens_anywhere_and_the_event_has_format_2(open_url: str) -> None:
    status, _, body = ask(
        f"{open_url}a%20b/c?x=1&x=2&y=%2F",
        "POST",
        b'{"k": 1}',
        {"Content-Type": "application/json", "Cookie": "one=1; two=2", "X-Own": "yes"},
    )
    event = json.loads(body)
    assert status == 200
    assert open_url.startswith("http://127.0.0.1:")
    assert (event["version"], event["routeKey"]) == ("2.0", "$default")
    assert event["rawPath"] == "/a b/c"
    assert event["queryStringParameters"] == {"x": "1,2", "y": "/"}
    assert event["cookies"] == ["one=1", "two=2"]
    assert (event["body"], event["isBase64Encoded"]) == ('{"k": 1}', False)
    assert event["headers"]["x-own"] == "yes"
    context = event["requestContext"]
    assert context["http"]["method"] == "POST"
    assert context["accountId"] == "anonymous"
    assert context["domainName"] == f"{context['apiId']}.lambda-url.us-east-1.on.aws"
    assert context["apiId"] in open_url


def test_bytes_travel_both_ways(open_url: str) -> None:
    _, _, body = ask(open_url, "POST", b"\xff\x00", {"Content-Type": "image/png"})
    assert json.loads(body)["body"] == base64.b64encode(b"\xff\x00").decode()
    how = {"statusCode": 201, "body": "/wA=", "isBase64Encoded": True, "cookies": ["a=1", "b=2"]}
    how["headers"] = {"content-type": "image/png", "x-own": "yes"}
    status, headers, body = ask(f"{open_url}how", "POST", json.dumps(how).encode(), JSON)
    assert (status, body, headers["x-own"]) == (201, b"\xff\x00", "yes")
    assert headers.get_all("content-type") == ["image/png"]
    assert headers.get_all("set-cookie") == ["a=1", "b=2"]


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("how", [{"raise": 1}, {"statusCode": 200, "body": {"an": "object"}}])
def test_a_failure_shows_the_caller_nothing_of_the_function(
    open_url: str, how: dict[str, Any]
) -> None:
    status, _, body = ask(f"{open_url}how", "POST", json.dumps(how).encode(), JSON)
    assert (status, body) == (502, b"Internal Server Error")


def test_an_answer_without_a_status_is_a_body(open_url: str) -> None:
    status, headers, body = ask(f"{open_url}how", "POST", b'{"plain": true}', JSON)
    assert (status, json.loads(body)) == (200, {"plain": True})
    assert headers["content-type"] == "application/json"


def test_more_than_6_mb_never_reaches_the_function(open_url: str) -> None:
    status, headers, _ = ask(
        open_url, "POST", b"x" * (6 * 2**20 + 1), {"Content-Type": "text/plain"}
    )
    assert status == 413
    assert headers["x-amzn-errortype"] == "RequestEntityTooLargeException"


def test_nobody_calls_an_open_url_without_the_functions_policy(
    client: Client, function: Function
) -> None:
    """Both statements are needed, as on AWS since October 2025."""
    name = function(ECHO)
    url = make_url(client, name, "NONE")
    assert ask(url)[0] == 403
    permit(client, name, "*", "NONE", both=False)
    assert ask(url)[0] == 403
    permit(client, name, "*", "NONE")
    assert ask(url)[0] == 200


def test_a_signed_caller_needs_both_actions(client: Client, function: Function) -> None:
    name = function(ECHO)
    client("lambda").publish_version(FunctionName=name)
    client("lambda").create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    url = make_url(client, name, "AWS_IAM", Qualifier="live")
    live = ARN.format("lambda", f"function:{name}:live")
    one = make_role(client, "lambda", allow("lambda:InvokeFunctionUrl", on=live))
    both = make_role(
        client, "lambda", allow("lambda:InvokeFunctionUrl", "lambda:InvokeFunction", on=live)
    )
    assert ask(url)[0] == 403
    assert ask(url, keys=assume(client, one))[0] == 403
    keys = assume(client, both)
    status, _, body = ask(f"{url}path?q=1", "POST", b"{}", JSON, keys)
    assert status == 200
    caller = json.loads(body)["requestContext"]["authorizer"]["iam"]
    assert caller["accessKey"] == keys.access_key
    assert caller["userArn"].endswith("/caller")
    wrong = Credentials(keys.access_key, "wrong", keys.token)
    assert ask(url, keys=wrong)[0] == 403


def test_cors_is_answered_as_it_is_configured(
    client: Client, function: Function, cloud: localcloud.Running
) -> None:
    cors = {"AllowOrigins": [cloud.endpoint], "AllowMethods": ["POST"], "MaxAge": 60}
    url = make_url(client, function(ECHO), "NONE", public=True, Cors=cors)
    status, headers, body = ask(url, "OPTIONS", None, {"Origin": cloud.endpoint})
    assert (status, body) == (200, b"")
    assert headers["access-control-allow-origin"] == cloud.endpoint
    assert headers["access-control-allow-methods"] == "POST"
    assert headers["access-control-max-age"] == "60"
    assert ask(url, headers={"Origin": cloud.endpoint})[1]["vary"] == "Origin"


def test_cloudformation_returns_the_same_kind_of_address(client: Client, echo: str) -> None:
    template = {
        "Resources": {
            "U": {
                "Type": "AWS::Lambda::Url",
                "Properties": {
                    "AuthType": "NONE",
                    "TargetFunctionArn": ARN.format("lambda", f"function:{echo}"),
                },
            }
        },
        "Outputs": {"Url": {"Value": {"Fn::GetAtt": ["U", "FunctionUrl"]}}},
    }
    name = unique("s")
    client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))

    def outputs() -> Any:
        return client("cloudformation").describe_stacks(StackName=name)["Stacks"][0].get("Outputs")

    url = eventually(outputs)[0]["OutputValue"]
    permit(client, echo, "*", "NONE")
    assert ask(url)[0] == 200
    host = json.loads(ask(url)[2])["requestContext"]["domainName"]
    base = url.partition("/_aws/")[0]
    assert ask(f"{base}/by-host", headers={"Host": host})[0] == 200
    client("cloudformation").delete_stack(StackName=name)
    eventually(lambda: ask(url)[0] == 403)


def test_streamed_answers_are_refused_by_name(client: Client, function: Function) -> None:
    with pytest.raises(ClientError, match="RESPONSE_STREAM"):
        make_url(client, function(ECHO), "NONE", InvokeMode="RESPONSE_STREAM")


def test_a_url_without_room_is_throttled(client: Client, function: Function) -> None:
    name = function(ECHO)
    url = make_url(client, name, "NONE", public=True)
    client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    status, _, body = ask(url)
    assert status == 429
    assert json.loads(body)["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
