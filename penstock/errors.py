"""One shape for every refusal, so that each says what, where, and what was expected."""

from dataclasses import asdict, dataclass

SHOWN = 80  # characters of what was sent, in what is said of it


def shown(value: object) -> str:
    """The beginning of a value that somebody sent, whatever it is."""
    try:
        return repr(value)[:SHOWN]
    except (RecursionError, ValueError):  # nested, or digits, beyond what Python writes
        return f"a {type(value).__name__} beyond showing"


class PenstockError(Exception):
    """Something was refused. `str()` is one line that a person can act on."""

    def __init__(self, what: str, *, where: str, expected: str) -> None:
        super().__init__(f"{what} (at {where}; expected {expected})")
        self.what = what
        self.where = where
        self.expected = expected


@dataclass(frozen=True)
class Violation:
    """One broken rule: the row (from 0; None for the request itself), the field, both sides."""

    row: int | None
    field: str
    expected: str
    got: str

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


class ContractError(PenstockError):
    """A request or a table that breaks its contract; names every broken rule."""

    def __init__(self, violations: list[Violation]) -> None:
        first = violations[0]
        row = "request" if first.row is None else f"row {first.row}"
        more = f", and {len(violations) - 1} more" if len(violations) > 1 else ""
        super().__init__(
            f"{first.field}: got {first.got}{more}",
            where=f"{row}, field {first.field}",
            expected=first.expected,
        )
        self.violations = violations
