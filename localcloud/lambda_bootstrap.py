"""Runs inside a function's own interpreter, in the place of AWS's Python runtime.

Started as a plain script: it may import nothing but the standard library. Events arrive on one
inherited descriptor and answers leave on another, so stdout and stderr stay the function's log.
"""

import importlib
import json
import logging
import os
import sys
import time
import traceback
from types import SimpleNamespace
from typing import Any


class LambdaContext:
    def __init__(self, message: dict[str, Any]) -> None:
        self.aws_request_id = message["request_id"]
        self.invoked_function_arn = message["arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.client_context = None
        self.identity = SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        self._deadline = message["deadline"]

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.time()) * 1000))


class _LogHandler(logging.Handler):
    """AWS's own line for a record of the standard library's logging."""

    request_id = ""

    def emit(self, record: logging.LogRecord) -> None:
        record.aws_request_id = self.request_id
        sys.stdout.write(self.format(record) + "\n")


def main() -> None:
    events = os.fdopen(int(sys.argv[1]), "r", encoding="utf-8")
    answers = os.fdopen(int(sys.argv[2]), "w", encoding="utf-8")
    for stream in (events, answers):  # what the function starts must not hold them open
        os.set_inheritable(stream.fileno(), False)
    sys.path[0:1] = [path for path in os.environ.pop("_LOCALCLOUD_PATH").split(os.pathsep) if path]
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    log = _LogHandler()
    pattern = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
    log.setFormatter(logging.Formatter(pattern, "%Y-%m-%dT%H:%M:%S"))
    logging.Formatter.converter = time.gmtime
    logging.getLogger().addHandler(log)
    handler, error = _load(os.environ["_HANDLER"])
    _finish(answers, "init", {"error": error})
    if handler is None:
        return
    for line in events:
        message = json.loads(line)
        log.request_id = message["request_id"]
        if message.get("trace_id"):
            os.environ["_X_AMZN_TRACE_ID"] = message["trace_id"]
        _finish(answers, message["request_id"], _call(handler, message))


def _load(name: str) -> tuple[Any, dict[str, Any] | None]:
    module_name, _, attribute = name.replace("/", ".").rpartition(".")
    try:
        return getattr(importlib.import_module(module_name), attribute), None
    except ImportError as error:
        text = f"Unable to import module '{module_name}': {error}"
        return None, _report(error, "Runtime.ImportModuleError", text)
    except SyntaxError as error:
        text = f"Syntax error in module '{module_name}': {error}"
        return None, _report(error, "Runtime.UserCodeSyntaxError", text)
    except AttributeError as error:
        if module_name not in sys.modules:
            return None, _report(error)
        text = f"Handler '{attribute}' missing on module '{module_name}'"
        return None, _report(error, "Runtime.HandlerNotFound", text)
    except Exception as error:
        return None, _report(error)


def _call(handler: Any, message: dict[str, Any]) -> dict[str, Any]:
    try:
        result = handler(message["event"], LambdaContext(message))
    except Exception as error:
        return {"error": {**_report(error), "requestId": message["request_id"]}}
    try:
        return {"result": json.dumps(result, ensure_ascii=False)}
    except (TypeError, ValueError) as error:
        text = f"Unable to marshal response: {error}"
        return {"error": _report(error, "Runtime.MarshalError", text)}


def _report(error: BaseException, kind: str = "", text: str = "") -> dict[str, Any]:
    """What the caller gets; the log gets the same as one event, its lines parted by \\r."""
    kind, text = kind or type(error).__name__, text or str(error)
    frames = traceback.extract_tb(error.__traceback__)
    frames = traceback.StackSummary([f for f in frames if f.filename != __file__])
    stack = frames.format()
    lines = "".join(stack).rstrip().replace("\n", "\r")
    sys.stdout.write(f"[ERROR] {kind}: {text}\rTraceback (most recent call last):\r{lines}\n")
    return {"errorMessage": text, "errorType": kind, "stackTrace": stack}


def _finish(answers: Any, mark: str, answer: dict[str, Any]) -> None:
    """The mark in the log says that all the invocation printed has been read."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(1, f"\0{mark}\0\n".encode())
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
