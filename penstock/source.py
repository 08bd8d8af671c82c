"""What a use case's data.py hands over: raw rows as they would stand in a CSV file."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """Rows with physical column names (row id and target among them), all values as text."""

    rows: list[dict[str, str]]
    origin: str
    licence: str
    synthetic: bool = False
