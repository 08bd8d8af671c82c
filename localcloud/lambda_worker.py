"""One execution environment of a Python function: an interpreter of its own, kept warm.

MiniStack's worker inherits the server's environment and packages, waits up to 50 ms for a log
that may not come, reports every failure as `Runtime.HandlerError` and ends after each. Upstream:
`lambda_runtime.Worker` would need a clean environment, an end mark in the log, AWS's error shapes.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ministack.core import lambda_runtime
from ministack.core.lambda_runtime import Worker

from localcloud.config import REGION, Config
from localcloud.lambda_layout import Layout, layout
from localcloud.lambda_process import Failure, Sandbox

BOOTSTRAP = Path(__file__).with_name("lambda_bootstrap.py")
MAX_ANSWER = 6_291_556  # bytes, as AWS's message says it
_INIT_SECONDS = 30.0  # AWS allows 10, on faster disks than a laptop's

_config: Config


class PythonWorker(Worker):  # type: ignore[misc]
    """Installed for every `python*` runtime; MiniStack's pool leases, keeps and reaps it."""

    sandbox: Sandbox
    stream: str
    _proc: Any  # a Popen or None: MiniStack's pool ends it
    on_started: Callable[[Any], None] = staticmethod(lambda _: None)

    def _spawn(self) -> None:
        """MiniStack's way to warm a worker ahead; raises when the handler does not load."""
        if error := self._start():
            raise RuntimeError(error["errorMessage"])

    def invoke(
        self,
        event: Any,
        request_id: str,
        *,
        trace_id: str | None = None,
        invoked_function_arn: str | None = None,
        **_of_other_runtimes: Any,
    ) -> dict[str, Any]:
        """Run one invocation: `error` is the payload AWS would answer with, None if all is well.

        Further keys: `result` (JSON text), `events` ((milliseconds, line) of the log), `stream`,
        `init_ms` (None when warm), `duration_ms`, `memory_mb`.
        """
        with self._lock:
            began, init_ms, error = time.monotonic(), None, None
            if self._proc is None or self._proc.poll() is not None:
                error = self._start(request_id)
                self.on_started(self)
                init_ms = (time.monotonic() - began) * 1000
                began = time.monotonic()
            answer: dict[str, Any] = {"error": error}
            if error is None:
                seconds = float(self.config.get("Timeout", 3))
                message = {
                    "event": event,
                    "request_id": request_id,
                    "arn": invoked_function_arn or self.config.get("FunctionArn", ""),
                    "trace_id": trace_id,
                    "deadline": time.time() + seconds,
                }
                self.sandbox.send(message)
                answer = self._answer(seconds, request_id, request_id)
            return {
                "result": answer.get("result"),
                "error": _too_large(answer.get("result")) or answer.get("error"),
                "events": self.sandbox.output.take(),
                "stream": self.stream,
                "init_ms": init_ms,
                "duration_ms": (time.monotonic() - began) * 1000,
                "memory_mb": self.sandbox.peak_mb,
            }

    def _start(self, request_id: str = "init") -> dict[str, Any] | None:
        """Start the interpreter and import the handler; the error AWS would report, or None."""
        self._discard_tmpdir()
        places = layout(_config.directory / "lambda", self.config, self.code_zip)
        version = self.config.get("Version", "$LATEST")
        self.stream = f"{time.strftime('%Y/%m/%d', time.gmtime())}/[{version}]{uuid.uuid4().hex}"
        environment = self._environment() | self._places(places)
        self.sandbox = Sandbox(self._command(), places.code, environment)
        self._proc = self.sandbox.process
        error = self._answer(_INIT_SECONDS, "init", request_id).get("error")
        if error and self._proc is not None:  # AWS tries the start again at the next invocation
            self._end()
        return error

    def _command(self) -> list[str]:
        return [str(_config.lambda_python), str(BOOTSTRAP)]

    def _places(self, layout: Layout) -> dict[str, str]:
        return layout.environment()

    def _environment(self) -> dict[str, str]:
        """What the function sets, what AWS sets, and where the local cloud answers."""
        name = self.config["FunctionName"]
        variables = (self.config.get("Environment") or {}).get("Variables") or {}
        group = (self.config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
        directory = _config.directory.absolute()
        return {
            "LANG": "C.UTF-8",
            "TZ": ":UTC",
            "TMPDIR": str(directory / "tmp"),
            "PYTHONPYCACHEPREFIX": str(directory / "lambda" / "bytecode"),
            "AWS_ENDPOINT_URL": _config.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            **variables,
            **lambda_runtime.execution_credentials(self.config),
            "_HANDLER": self.config["Handler"],
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{self.config['Runtime']}",
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": self.config.get("Version", "$LATEST"),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.config.get("MemorySize", 128)),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": group,
            "AWS_LAMBDA_LOG_STREAM_NAME": self.stream,
        }

    def _answer(self, seconds: float, mark: str, request_id: str) -> dict[str, Any]:
        try:
            memory_mb = int(self.config.get("MemorySize", 128))
            return self.sandbox.answer(seconds, memory_mb, mark)
        except Failure as failure:
            self._end()
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            self.sandbox.output.add(f"{at} {request_id} {failure}")
            text = f"{failure}" if failure.kind == "Sandbox.Timedout" else f"Error: {failure}"
            payload = {"errorType": failure.kind, "errorMessage": f"RequestId: {request_id} {text}"}
            return {"error": payload}

    def _end(self) -> None:
        self._proc = None
        self.sandbox.end()

    def _discard_tmpdir(self) -> None:
        if hasattr(self, "sandbox"):
            self.sandbox.close()


def _too_large(result: str | None) -> dict[str, Any] | None:
    if result is None or len(result.encode()) <= MAX_ANSWER:
        return None
    text = f"Response payload size exceeded maximum allowed payload size ({MAX_ANSWER} bytes)."
    return {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": text}


def is_ours(function: dict[str, Any]) -> bool:
    return _class_for(str(function.get("Runtime", ""))) is not None


def _class_for(runtime: str) -> type[PythonWorker] | None:
    from localcloud.lambda_node import NodeWorker

    if runtime.startswith("python"):
        return PythonWorker
    return NodeWorker if runtime.startswith("nodejs") else None


def install(config: Config) -> None:
    global _config
    _config = config
    worker_class_for = lambda_runtime._worker_class_for

    def choose(function: dict[str, Any]) -> type[Worker]:
        if own := _class_for(str(function.get("Runtime", ""))):
            return own
        return worker_class_for(function)  # type: ignore[no-any-return]

    lambda_runtime._worker_class_for = choose
