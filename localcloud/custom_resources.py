"""A custom resource whose function fails ends the stack operation at once, with its error.

CloudFormation, here as on AWS, would wait an hour for an answer that nobody will send. The end is
the same, only sooner. Other functions that are handed the event (those of CDK's provider framework)
may fail and be tried again. Upstream: `custom_resource.invoke_custom_resource` drops the result.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from ministack.services import lambda_svc
from ministack.services.cloudformation import custom_resource

_asked: ContextVar[bool] = ContextVar("localcloud_custom_resource", default=False)


def install() -> None:
    execute = lambda_svc._execute_function_with_config_scope
    invoke = custom_resource.invoke_custom_resource

    def answered(func: dict[str, Any], event: Any) -> Any:
        result = execute(func, event)
        url = event.get("ResponseURL", "") if isinstance(event, dict) else ""
        if _asked.get() and "/cfn-response/" in url and result.get("error"):
            body = result.get("body")
            error = body if isinstance(body, dict) else {"errorMessage": str(body)}
            custom_resource.deliver_response(
                url.rpartition("/")[2],
                {
                    "Status": "FAILED",
                    "Reason": f"{error.get('errorType', 'Error')}: {error.get('errorMessage')}",
                },
            )
        return result

    def asking(*arguments: Any, **named: Any) -> Any:
        token = _asked.set(True)
        try:
            return invoke(*arguments, **named)
        finally:
            _asked.reset(token)

    lambda_svc._execute_function_with_config_scope = answered
    custom_resource.invoke_custom_resource = asking
