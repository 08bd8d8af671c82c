"""What Lambda refuses when a function is made or changed, and what this cloud refuses by name.

MiniStack takes any environment, and answers to streams and durable executions that no function
here can give. Upstream: checks in `lambda_svc._create_function` and `_update_config`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import lambda_svc

_MAX_ENVIRONMENT = 4096
_PREFIX = "Lambda was unable to configure your environment variables because the environment "
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
_RESERVED = """
    _HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV
    AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION
    AWS_LAMBDA_INITIALIZATION_TYPE AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME
    AWS_ACCESS_KEY AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
    AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR
"""
_ROUTES = (
    ("POST", re.compile(r".*/response-streaming-invocations"), "InvokeWithResponseStream"),
    ("POST", re.compile(r".*/functions/[^/]+/invoke-async/?"), "InvokeAsync"),
    ("*", re.compile(r".*/durable-(executions|execution-callbacks).*"), "durable executions"),
)


def environment_error(settings: dict[str, Any]) -> str | None:
    """What AWS says of a function's variables; None when they are well."""
    variables = (settings.get("Environment") or {}).get("Variables") or {}
    if reserved := [name for name in variables if name in _RESERVED.split()]:
        return (
            f"{_PREFIX}variables you have provided contains reserved keys that are currently not "
            f"supported for modification. Reserved keys used in this request: {', '.join(reserved)}"
        )
    measured = json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode()) > _MAX_ENVIRONMENT:
        return (
            f"{_PREFIX}variables you have provided exceeded the 4KB limit. "
            f"String measured: {measured}"
        )
    return None


def error_of(settings: dict[str, Any]) -> str | None:
    if settings.get("DurableConfig"):
        return "The local cloud does not do durable executions (DurableConfig)"
    return environment_error(settings)


def _answering(original: Callable[..., Any], index: int) -> Callable[..., Any]:
    """An operation of the API whose settings are its argument at `index`."""

    def checked(*given: Any) -> Any:
        if text := error_of(given[index]):
            return error_response_json("InvalidParameterValueException", text, 400)
        return original(*given)

    return checked


def _raising(original: Callable[..., Any], index: int) -> Callable[..., Any]:
    """A handler of CloudFormation, whose errors are exceptions."""

    def checked(*given: Any) -> Any:
        if text := error_of(given[index]):
            raise ValueError(text)
        return original(*given)

    return checked


def _routed(handle: Callable[..., Any]) -> Callable[..., Any]:
    async def refusing(method: str, path: str, *rest: Any) -> Any:
        for verb, pattern, name in _ROUTES:
            if verb in ("*", method) and pattern.fullmatch(path):
                text = f"The local cloud does not do {name}"
                return error_response_json("UnknownOperationException", text, 400)
        return await handle(method, path, *rest)

    return refusing


def install() -> None:
    from ministack.services.cloudformation import provisioners

    lambda_svc.handle_request = _routed(lambda_svc.handle_request)
    lambda_svc._create_function = _answering(lambda_svc._create_function, 0)
    lambda_svc._update_config = _answering(lambda_svc._update_config, 1)
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    handlers["create"] = _raising(handlers["create"], 1)
    handlers["update"] = _raising(handlers["update"], 2)
