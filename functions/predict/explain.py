"""The way to the explain function, for who asks: boto3 is imported with the first such request."""

import json
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from functions.predict.answer import Answer, unexplain
from penstock.artifact import NAMED
from penstock.errors import SHOWN

_GIVEN = ("base_value", "contributions", "reasons")
# Of the time that is left: one to connect in, and one to answer in without an explanation.
_RESERVE_SECONDS = 2
MOST_SAID = 4 * SHOWN  # characters of what went wrong


class _Unexplained(Exception):
    """No explanation; the text is what the caller is told."""


def add(
    predictions: list[Answer],
    asked: Mapping[str, Any],
    *,
    function: str,
    model: Mapping[str, str],
    context: Any,
) -> None:
    """Give each prediction its `explanation`, by the very model that made it.

    Whatever goes wrong there is no reason to lose the prediction: it is told beside it.
    """
    try:
        if not function:
            raise _Unexplained("here nothing explains along the way: `penstock why` does, later")
        wanted = {
            "model": {name: model[name] for name in NAMED},
            "instances": instances(asked),
            "scores": [prediction["score"] for prediction in predictions],
        }
        found = _ask(function, wanted, context)
    except _Unexplained as why:
        unexplain(predictions, str(why))
        return
    put(predictions, found)


def put(predictions: list[Answer], found: list[Answer]) -> None:
    """Beside each prediction its explanation, without what the prediction says already."""
    for prediction, explanation in zip(predictions, found, strict=True):
        prediction["explanation"] = {name: explanation[name] for name in _GIVEN}


def instances(asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Rows, also of columns."""
    if "instances" in asked:
        return list(asked["instances"])
    columns = asked["columns"]
    rows = zip(*columns.values(), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _ask(function: str, wanted: Mapping[str, Any], context: Any) -> list[Answer]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        _session()  # takes long, so before the time that is left is looked at
        seconds = context.get_remaining_time_in_millis() // 1000 - _RESERVE_SECONDS
        if seconds < 1:
            raise _Unexplained("there was no time left")
        answer = _client(seconds).invoke(FunctionName=function, Payload=json.dumps(wanted).encode())
        said = json.loads(answer["Payload"].read())
    except (BotoCoreError, ClientError, ValueError) as error:
        raise _Unexplained(
            f"the explain function did not answer ({type(error).__name__})"
        ) from None
    if answer.get("FunctionError") or len(said["explanations"]) != len(wanted["instances"]):
        why = f"{said.get('errorType', '')} {said.get('errorMessage', '')}".strip()
        raise _Unexplained(f"the explain function failed: {why[:MOST_SAID]}")
    return list(said["explanations"])


@cache
def _session() -> Any:
    """boto3 with what it knows of Lambda read: the clients made of it cost ten milliseconds."""
    import boto3

    session = boto3.Session()
    session.client("lambda")
    return session


@lru_cache(maxsize=2)
def _client(seconds: int) -> Any:
    """It waits no longer than the request may last, and asks once."""
    from botocore.config import Config

    once = {"total_max_attempts": 1}
    config = Config(connect_timeout=1, read_timeout=seconds, retries=once)
    return _session().client("lambda", config=config)
