"""Rows for the story, made from a use case's own by its contract: good, broken, shifted."""

import csv
import io
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from cli.instances import instance
from penstock.contract import Column, Contract

Row = dict[str, str]
SHARE_OF_THE_FIRST_FILE = 0.6


def parts(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """What is known at first, and what comes later; shuffled, the same way every time."""
    mixed = random.Random(7).sample(list(rows), len(rows))
    cut = int(len(mixed) * SHARE_OF_THE_FIRST_FILE)
    return mixed[:cut], mixed[cut:]


def as_csv(rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def broken(rows: Sequence[Row], contract: Contract) -> list[Row]:
    """Copies of good rows, each with one thing wrong that the contract's columns can have wrong."""
    wrong: list[tuple[str, str]] = []
    numbers = [c for c in contract.columns if c.type in ("float", "int")]
    required = [c for c in contract.columns if not c.nullable]
    limited = [c for c in numbers if c.min is not None or c.max is not None]
    listed = [c for c in contract.columns if c.values is not None]
    if required:
        wrong.append((required[0].name, ""))
    if numbers:
        wrong += [(numbers[0].name, "ten"), (numbers[-1].name, "inf")]
    if limited:
        wrong.append((limited[0].name, _beyond(limited[0])))
    if listed:
        wrong.append((listed[0].name, "unheard of"))
    wrong.append((contract.target.column, "perhaps"))
    made = [
        {**rows[i], contract.row_id: f"{rows[i][contract.row_id]}-broken", name: value}
        for i, (name, value) in enumerate(wrong)
    ]
    return [*made, dict(rows[len(wrong)])]  # the last is a good row whose id comes twice


def _beyond(column: Column) -> str:
    if column.max is not None:
        return f"{column.max * 10 + 1:g}"
    return f"{(column.min or 0) - 1:g}"


def shifted(rows: Sequence[Row], contract: Contract) -> list[dict[str, Any]]:
    """Instances that the contract allows and training has not seen the like of.

    Numbers move up into their range, by two standard deviations or to its end; categories gather
    on the value that was the rarest.
    """
    plain = [instance(row, contract) for row in rows]
    made = [dict(one) for one in plain]
    for column in contract.columns:
        values = [one[column.name] for one in plain if one[column.name] is not None]
        if not values:
            continue
        if column.type in ("float", "int"):
            _move(made, column, values)
        elif column.is_text:
            rarest = min(Counter(values).items(), key=lambda item: item[1])[0]
            for one in made:
                one[column.name] = rarest
    return made


def _move(made: list[dict[str, Any]], column: Column, values: Sequence[float]) -> None:
    middle = sum(values) / len(values)
    spread = (sum((v - middle) ** 2 for v in values) / len(values)) ** 0.5
    top = max(values) if column.max is None else column.max
    for one in made:
        if (value := one[column.name]) is not None:
            moved = min(value + 2 * spread, max(top, value))
            one[column.name] = round(moved) if column.type == "int" else moved


def wrong_request(good: Mapping[str, Any], contract: Contract) -> dict[str, Any]:
    """A request with three mistakes: a text for a number, a column left out, one unheard of."""
    wrong = dict(good)
    numbers = [c.name for c in contract.columns if c.type in ("float", "int")]
    if numbers:
        wrong[numbers[0]] = "ten"
    last = [c.name for c in contract.columns if not c.nullable][-1:]
    for name in last:
        del wrong[name]
    return wrong
