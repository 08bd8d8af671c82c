"""Contributions in words: what a feature is, its value, and where it moved the score."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from functions.shared import usecase

Value = float | int | bool | str | None
MISSING: tuple[Any, ...] = ("", None)


@dataclass(frozen=True)
class Words:
    """What the use case says of its features: a column's type, unit and meaning."""

    columns: Mapping[str, Mapping[str, Any]]
    derived: Mapping[str, str]

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """From usecase.json."""
        return cls({column["name"]: column for column in said["columns"]}, said["derived"])

    @classmethod
    def deployed(cls) -> Self:
        """Those of the deployed use case."""
        return cls.of(json.loads((usecase.FOLDER / "usecase.json").read_text(encoding="utf-8")))

    def value(self, feature: str, seen: Any) -> Value:
        """A feature's value as a person would write it; None where it is missing."""
        if seen in MISSING or seen != seen:
            return None
        if isinstance(seen, str):
            return seen
        match self.columns.get(feature, {}).get("type"):
            case "boolean":
                return bool(seen)
            case "int":
                return int(seen)
        return float(seen)

    def reason(self, feature: str, value: Value, contribution: float) -> str:
        """One sentence, such as: tenure is 3 months: raises the score by 0.9 log-odds."""
        meaning = self.columns.get(feature, {}).get("description") or self.derived.get(feature)
        about = f" ({meaning})" if meaning else ""
        way = "raises" if contribution > 0 else "lowers"
        by = f"{way} the score by {abs(contribution):.2g} log-odds"
        return f"{feature}{about} is {self._shown(feature, value)}: {by}"

    def _shown(self, feature: str, value: Value) -> str:
        unit = self.columns.get(feature, {}).get("unit")
        match value:
            case None:
                return "missing"
            case bool():
                return str(value).lower()
            case str():
                return repr(value)
        return f"{value:.4g}" + (f" {unit}" if unit else "")
