"""How long a custom resource may take to answer, and what CloudFormation says when it failed.

Upstream: `custom_resource.invoke_custom_resource` waits real seconds and has words of its own.
"""

from __future__ import annotations

import threading
from typing import Any

from ministack.services.cloudformation import custom_resource

from localcloud import clock

_LEAST = 5.0  # real seconds: what is waited for is real code, however fast the clock runs


class _Answered(threading.Event):
    """Waits for a duration that a template configures (ServiceTimeout)."""

    def wait(self, timeout: float | None = None) -> bool:
        if timeout is None or super().wait(min(timeout, _LEAST)):
            return super().wait()
        clock.after(timeout - _LEAST * clock.scale()).wait(cancelled=self)
        return self.is_set()


def install() -> None:
    invoke = custom_resource.invoke_custom_resource

    def register(token: str) -> threading.Event:
        answered = _Answered()
        with custom_resource._lock:
            custom_resource._pending[token] = {"event": answered, "result": None}
        return answered

    def told(*arguments: Any, **named: Any) -> Any:
        try:
            return invoke(*arguments, **named)
        except TimeoutError as error:
            raise TimeoutError(
                "CloudFormation did not receive a response from your Custom Resource. "
                "Please check your logs. If you are using the Python cfn-response module, you may "
                "need to update your Lambda function code so that CloudFormation can attach the "
                "updated version."
            ) from error
        except RuntimeError as error:
            raise RuntimeError(
                f"Received response status [FAILED] from custom resource. Message returned: {error}"
            ) from error

    custom_resource.register_token = register
    custom_resource.invoke_custom_resource = told
