"""The state machine's call of a step, whatever is released."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from aws_lambda_powertools import Logger

from functions.release.context import Release, State

R = TypeVar("R", bound=Release)
logger = Logger(service="release")


def handler_of(
    steps: Mapping[str, Callable[[State, R], dict[str, Any]]], release: Callable[[str, str], R]
) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """`release` makes a step's surroundings of the execution's ARN and its start."""

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        logger.append_keys(step=event["step"], execution=event["execution"])
        surroundings = release(event["execution"], event["started"])
        result = steps[event["step"]](event["state"], surroundings)
        logger.info("done", extra={"result": result})
        return result

    return handler
