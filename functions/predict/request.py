"""A request in either of its two outer forms, and what is wrong with it if it is wrong."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from penstock.contract import Columns, Contract
from penstock.errors import SHOWN, ContractError, Violation, shown
from penstock.explanation import MOST_ROWS

FORMS = ("instances", "columns")
EXPLAIN = "explain"
KEYS = (*FORMS, EXPLAIN)
PACKED = "packed"
_FORMS = frozenset(FORMS)


def is_http(event: Any) -> bool:
    """Did it come by the function's URL (or an API), whose answer has a status and headers?"""
    return isinstance(event, dict) and "requestContext" in event


def is_packed(event: Any) -> bool:
    """Is it the form in which a function of ours asks a version (`functions.predict.packed`)?"""
    return isinstance(event, dict) and event.keys() == {PACKED}


def body(event: Any) -> Any:
    """What was asked: the event itself, or the JSON in its body. ContractError if it is none."""
    if not is_http(event):
        return event
    return decoded(event.get("body") or "", in_base64=bool(event.get("isBase64Encoded")))


def decoded(text: Any, *, in_base64: bool = False) -> Any:
    """What a JSON text says. ContractError if it is none."""
    try:
        if in_base64:
            text = base64.b64decode(text, validate=True).decode()
        return json.loads(text)
    except (TypeError, ValueError, RecursionError) as error:  # a body need not be text
        got = f"{type(error).__name__}: {error}"[:SHOWN] if text else "nothing"
        raise ContractError([Violation(None, "body", "a JSON object", got)]) from None


def parse(asked: Any, contract: Contract) -> tuple[Columns, list[str]]:
    """Columns of n rows, and each row's id ("" where it has none)."""
    if not isinstance(asked, dict):
        raise ContractError([Violation(None, "", "a JSON object", shown(asked))])
    plain = len(asked) == 1 and asked.keys() <= _FORMS
    form = next(iter(asked)) if plain else _form(asked)
    read = _parse_columns if form == "columns" else _parse_rows
    columns, ids = read(asked[form], contract)
    if not plain and asked[EXPLAIN] and len(ids) > MOST_ROWS:
        expected = f"at most {MOST_ROWS} instances to explain at once"
        raise ContractError([Violation(None, EXPLAIN, expected, f"{len(ids)}")])
    return columns, ids


def explains(asked: Mapping[str, Any]) -> bool:
    """Whether a request that was parsed wants its answers explained."""
    return len(asked) > 1 and bool(asked[EXPLAIN])


def _form(asked: Mapping[str, Any]) -> str:
    """Which form a request has that says more than one thing."""
    given = [name for name in FORMS if name in asked]
    unknown = sorted(str(name) for name in asked.keys() - _FORMS - {EXPLAIN})
    if len(given) != 1 or unknown:
        got = ", ".join([*given, *unknown]) or "neither"
        expected = "either instances or columns, and beside it explain alone"
        raise ContractError([Violation(None, "", expected, got[:SHOWN])])
    if not isinstance(asked[EXPLAIN], bool):
        raise ContractError([Violation(None, EXPLAIN, "true or false", shown(asked[EXPLAIN]))])
    return given[0]


def _parse_rows(rows: Any, contract: Contract) -> tuple[Columns, list[str]]:
    if not isinstance(rows, list):
        raise ContractError([Violation(None, "instances", "a list of objects", shown(rows))])
    columns = contract.parse(rows)
    return columns, _ids([row.get(contract.row_id) for row in rows], contract)


def _parse_columns(asked: Any, contract: Contract) -> tuple[Columns, list[str]]:
    if not isinstance(asked, Mapping):
        expected = "an object of column: list of values"
        raise ContractError([Violation(None, "columns", expected, shown(asked))])
    columns = contract.parse_columns(asked)
    rows = len(next(iter(columns.values()), np.empty(0)))
    return columns, _ids(asked.get(contract.row_id) or [None] * rows, contract)


def _ids(values: list[Any], contract: Contract) -> list[str]:
    if values.count(None) == len(values):
        return [""] * len(values)
    broken = [
        Violation(i, contract.row_id, "a string or a whole number", shown(value))
        for i, value in enumerate(values)
        if value is not None and (not isinstance(value, str | int) or isinstance(value, bool))
    ]
    if broken:
        raise ContractError(broken)
    return ["" if value is None else str(value) for value in values]
