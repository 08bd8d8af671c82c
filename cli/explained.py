"""One prediction and its explanation as a person reads them: facts, bars, reasons, a verdict."""

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.recorded import Record
from penstock.spec import UseCase

_SHOWN = 10  # contributions; the rest is one line
_WIDTH = 20  # of a bar that is as long as the largest

_FACTS = {
    "prediction_id": "prediction",
    "prediction_time": "when",
    "function_version": "version",
    "model_package": "model",
    "dataset_version": "dataset",
    "row_id": "row",
}


def facts(console: Console, record: Record, spec: UseCase) -> None:
    """When, by which model, of which inputs, with what result."""
    table = _table()
    for name, words in _FACTS.items():
        if record.get(name):
            table.add_row(words, str(record[name]))
    if not record.get("refused"):
        label = f"{spec.target.column} {record['label']}"
        table.add_row("score", f"{record['score']:.6f}, {label}")
    console.print(table)
    inputs = _table()
    for column in spec.columns:
        if column.name in record:
            inputs.add_row(column.name, _value(record[column.name], column.unit, column.personal))
    if inputs.row_count:
        console.print(Text("\nwhat was asked", style="bold"))
        console.print(inputs)


def explanation(console: Console, answer: dict[str, Any], spec: UseCase) -> None:
    """Each contribution as a bar, to the left where it lowers the score; reasons in words."""
    found: dict[str, float] = answer["contributions"]
    largest = max(map(abs, found.values()), default=0.0) or 1.0
    table = _table()
    table.add_row("(base)", f"{answer['base_value']:+.4f}")
    for name, value in list(found.items())[:_SHOWN]:
        table.add_row(name, f"{value:+.4f}", _bar(value / largest))
    if rest := list(found.values())[_SHOWN:]:
        table.add_row(f"({len(rest)} others)", f"{sum(rest):+.4f}")
    total = answer["base_value"] + sum(found.values())
    table.add_row("(sum)", f"{total:+.4f}", f"a score of {answer['score']:.6f}")
    console.print(Text(f"\nwhat moved the score, in {answer['space']}", style="bold"))
    console.print(table)
    console.print()
    for reason in answer["reasons"]:
        console.print(f"- {reason['text']}", markup=False, soft_wrap=True)


def verdict(console: Console, again: float, recorded: float, *, same: bool) -> None:
    words = f"the model of this record gives {again:.6f}, recorded is {recorded:.6f}"
    if same:
        console.print(Text(f"\n✓ {words}: reproduced", style="green"))
    else:
        console.print(Text(f"\n✗ NOT REPRODUCED: {words}; nothing above explains it", "bold red"))


def _bar(share: float) -> Text:
    """Red to the left of the middle, green to its right."""
    length = round(abs(share) * _WIDTH)
    if share < 0:
        return Text(" " * (_WIDTH - length) + "█" * length + "│", style="red")
    return Text(" " * _WIDTH + "│" + "█" * length, style="green")


def _value(value: Any, unit: str | None, personal: bool) -> str:
    if value is None:
        return "missing"
    if personal:
        return "(personal: masked)"
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return f"{shown} {unit}" if unit else shown


def _table() -> Table:
    return Table("", "", "", box=None, show_header=False, pad_edge=False)
