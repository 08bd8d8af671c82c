"""A monitor with all that can be asked of it: Athena counts, columns together, attributions."""

import json
from typing import Any

import numpy as np
import pytest

from cli.demo import watch
from cli.demo.story import Story
from cli.instances import instance
from penstock import layout

AT_ONCE, PATIENCE = 80, 90.0
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def story(stories: dict[str, Story]) -> Story:
    return stories["watched"]


@pytest.fixture(scope="module")
def cases(story: Story) -> Rows:
    return [instance(row, story.contract) for row in story.source.rows]


def ask(story: Story, cases: Rows) -> None:
    for begin in range(0, len(cases), AT_ONCE):
        answer = story.aws("lambda").invoke(
            FunctionName=story.deployed.predict_function_name,
            Qualifier=story.deployed.predict_alias,
            Payload=json.dumps({"instances": cases[begin : begin + AT_ONCE]}).encode(),
        )
        assert "FunctionError" not in answer


def report(story: Story, rows: int) -> dict[str, Any]:
    """The newest, once it has seen so many rows."""
    key = layout.latest_monitoring_key(story.name, "json")

    def seen() -> dict[str, Any] | None:
        found = watch.read_json(story, story.deployed.lake_bucket, key)
        return found if found and found["rows"] >= rows else None

    return watch.until(seen, f"a report on {rows} rows", within=PATIENCE)


def test_traffic_like_the_training_is_counted_by_athena_and_raises_nothing(
    story: Story, cases: Rows
) -> None:
    ask(story, cases)
    found = report(story, len(cases))
    assert (found["rows"], found["findings"], found["troubles"]) == (len(cases), [], [])
    assert "columns together" in found["columns"]
    assert found["attribution"]["rows"] == 500
    assert found["attribution"]["ndcg"] > 0.9
    assert sum(c["importance"] or 0 for c in found["columns"].values()) == pytest.approx(1)
    group = f"penstock-dev-{story.name}-monitor"
    asked = story.aws("athena").list_query_executions(WorkGroup=group)["QueryExecutionIds"]
    assert len(asked) >= 3


def test_columns_that_come_apart_are_found_though_each_is_as_it_was(
    story: Story, cases: Rows
) -> None:
    """Every measurement of some other sample: no column alone shows it."""
    dice = np.random.default_rng(1)
    names = [column.name for column in story.contract.columns]
    mixed = {name: dice.permutation([case[name] for case in cases]).tolist() for name in names}
    for _ in range(2):
        ask(story, [{name: mixed[name][i] for name in names} for i in range(len(cases))])
    found = report(story, 3 * len(cases))
    called = {(each["kind"], each["name"]) for each in found["findings"]}
    assert ("multivariate", "columns together") in called
    assert not called & {("drift", name) for name in names}
