"""Answers whose truth is known: asked with ids, and their labels as somebody would send them."""

from typing import Any

from cli import labels
from cli.demo.rows import Row, as_csv
from cli.demo.story import Story
from cli.instances import instance

AT_ONCE = 40


def asked(story: Story, rows: list[Row]) -> list[Row]:
    """What is live is asked about these rows: their prediction ids, each with its truth."""
    target, found = story.contract.target.column, []
    for begin in range(0, len(rows), AT_ONCE):
        some = rows[begin : begin + AT_ONCE]
        request = {"instances": [instance(row, story.contract) for row in some]}
        predictions = story.ask(request)["predictions"]
        found += [
            {"prediction_id": one["id"], target: row[target]}
            for one, row in zip(predictions, some, strict=True)
        ]
    return found


def send(story: Story, name: str, rows: list[Row]) -> dict[str, Any]:
    """A file of labels; its report, once they were tried."""
    return labels.send(story.place, story.deployed.lake_bucket, story.name, name, as_csv(rows))


def otherwise(story: Story, rows: list[Row]) -> list[Row]:
    """The same answers, with the opposite truths."""
    rule = story.contract.target
    other = {rule.positive: rule.negative, rule.negative: rule.positive}
    return [row | {rule.column: other[row[rule.column]]} for row in rows]


def unknown(row: Row) -> Row:
    """A label of an answer that nobody gave that day."""
    return row | {"prediction_id": f"{row['prediction_id'][:9]}{'f' * 24}"}
