"""A function URL is an address that any program on this machine can open, and answers as AWS's.

MiniStack gives out `https://<id>.lambda-url.<region>.on.aws/`, which no local name server knows.
It serves `/_aws/lambda-url/<id>/` of its own port too: that is the URL here, since only a path on
the loopback needs no name server, in any browser, resolver or container; the name goes on to work
as a Host header. It asks for lambda:InvokeFunctionUrl only, and lets an unsigned caller pass
without the function's policy. Upstream: the address in `lambda_svc._create_function_url_config`,
the checks in `app._handle_lambda_url_request`.
"""

from __future__ import annotations

import json
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.concurrency import run_reentrant
from ministack.core.responses import error_response_json
from ministack.core.router import extract_access_key_id
from ministack.services import lambda_svc

from localcloud.config import REGION, Config
from localcloud.functions.url_answers import answer, refusal
from localcloud.functions.url_events import build
from localcloud.lambda_limits import MAX_REQUEST

_PATH = "/_aws/lambda-url/"


def _allowed(function_arn: str, auth_type: str, headers: Any, query: Any) -> bool:
    """Both actions, as AWS asks since October 2025: by identity and by the function's policy."""
    wanted = {
        "lambda:InvokeFunctionUrl": {"lambda:FunctionUrlAuthType": auth_type},
        "lambda:InvokeFunction": {"lambda:InvokedViaFunctionUrl": "true"},
    }
    if auth_type == "NONE":
        policy = lambda_svc.function_policy_for_arn(function_arn)
        return all(_anybody(policy, action, function_arn, keys) for action, keys in wanted.items())
    key = extract_access_key_id(headers, query)
    return all(
        iam_evaluator.enforce(key, action, "lambda", REGION, function_arn, keys) is None
        for action, keys in wanted.items()
    )


def _anybody(policy: Any, action: str, arn: str, keys: dict[str, str]) -> bool:
    context = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Anonymous",
        principal_account="",
        action=action,
        resource_arn=arn,
        region=REGION,
        service_context={name.lower(): value for name, value in keys.items()},
    )
    document = policy[0] if policy else None
    return bool(iam_evaluator.evaluate_resource_policy(document, context).decision == "Allow")


async def serve(
    url_id: str,
    method: str,
    path: str,
    headers: dict[str, str],
    body: bytes,
    query: dict[str, list[str]],
    resolved: Any = None,
    source_ip: str | None = None,
) -> Any:
    resolved = resolved or lambda_svc.resolve_function_url(url_id)
    if resolved is None:
        return refusal(403, "Forbidden")
    account, region, name, qualifier, config = resolved
    cors = lambda_svc._function_url_cors_headers(config, headers)
    if method == "OPTIONS" and config.get("Cors"):
        return 200, cors, b""
    arn = f"arn:aws:lambda:{region}:{account}:function:{name}" + (
        f":{qualifier}" if qualifier else ""
    )
    auth_type = config["AuthType"]
    if auth_type == "AWS_IAM" and not lambda_svc._function_url_is_signed(headers, query):
        return refusal(403, "Forbidden", cors)
    if not _allowed(arn, auth_type, headers, query):
        return refusal(403, "Forbidden", cors)
    if len(body) > MAX_REQUEST:
        return refusal(413, f"Request must be smaller than {MAX_REQUEST} bytes", cors)
    record, found, _ = lambda_svc._get_func_record_for_ref(arn)
    if record is None or found is None:
        return refusal(404, f"Function not found: {arn}", cors)
    event = build(url_id, method, path, headers, body, query, auth_type, source_ip)
    result = await run_reentrant(
        lambda_svc._execute_function_with_config_scope,
        lambda_svc._execution_record_for_config(record, found),
        event,
        thread_name="localcloud-url",
    )
    return answer(result, cors, event["requestContext"]["requestId"])


def install(config: Config) -> None:
    create, update = lambda_svc._create_function_url_config, lambda_svc._update_function_url_config
    url_id = lambda_svc._function_url_id

    def created(name: str, data: dict[str, Any], qualifier: str | None) -> Any:
        if refused := _refused(data):
            return refused
        status, headers, body = create(name, data, qualifier)
        if status == 201:
            stored = lambda_svc._function_urls[lambda_svc._url_config_key(name, qualifier)]
            identifier = url_id(stored["FunctionUrl"])
            stored["FunctionUrl"] = f"{config.endpoint}{_PATH}{identifier}/"
            body = json.dumps(stored).encode()
        return status, headers, body

    def updated(name: str, data: dict[str, Any], qualifier: str | None) -> Any:
        return _refused(data) or update(name, data, qualifier)

    def identifier(url: str) -> str:
        _, found, rest = url.partition(_PATH)
        return rest.partition("/")[0] if found else str(url_id(url))

    lambda_svc._create_function_url_config = created
    lambda_svc._update_function_url_config = updated
    lambda_svc._function_url_id = identifier
    lambda_svc.handle_function_url_request = serve


def _refused(data: dict[str, Any]) -> Any:
    if data.get("AuthType", "NONE") not in ("NONE", "AWS_IAM"):
        text = f"Value '{data['AuthType']}' at 'authType' failed to satisfy constraint"
        return error_response_json("ValidationException", text, 400)
    if data.get("InvokeMode", "BUFFERED") != "BUFFERED":
        text = "The local cloud does not do InvokeMode RESPONSE_STREAM of function URLs"
        return error_response_json("InvalidParameterValueException", text, 400)
    return None
