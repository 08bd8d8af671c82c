"""An operation's answer, as MiniStack's services give it."""

from __future__ import annotations

from typing import Any

from ministack.core.responses import error_response_json, json_response

Response = tuple[int, dict[str, str], bytes]


def answer(document: dict[str, Any]) -> Response:
    made: Response = json_response(document)
    return made


def refusal(code: str, message: str) -> Response:
    made: Response = error_response_json(code, message, 400)
    return made
