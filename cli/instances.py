"""From a row of a CSV, all text, to an instance of a request, typed by the contract."""

from collections.abc import Mapping
from typing import Any

from penstock.contract import Column, Contract


def instance(row: Mapping[str, str], contract: Contract) -> dict[str, Any]:
    """The contract's columns of the row and its id; a missing value is None."""
    typed = {column.name: _value(column, row[column.name]) for column in contract.columns}
    return {contract.row_id: row[contract.row_id], **typed}


def _value(column: Column, text: str) -> Any:
    text = text if column.type == "text" else text.strip()
    if text == "" and (column.nullable or not column.is_text):
        return None
    if column.type == "float":
        return float(text)
    if column.type == "int":
        return int(text) if text.lstrip("-").isdigit() else float(text)
    if column.type == "boolean":
        return text.lower() in ("true", "1")
    return text
