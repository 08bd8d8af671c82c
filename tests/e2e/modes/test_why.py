"""Why an answer is what it is: at once, in the answer; and afterwards, by its id."""

import json
import sys
from typing import Any

import pytest
from explained import adds_up

from cli import main, recorded, why
from cli.demo import watch
from cli.demo.story import Story
from cli.instances import instance

NAME = "plain"


@pytest.fixture
def story(stories: dict[str, Story], monkeypatch: pytest.MonkeyPatch) -> Story:
    monkeypatch.setattr(why, "resolve", lambda aws: stories[NAME].place)
    return stories[NAME]


def ask(story: Story, request: dict[str, Any], qualifier: str | None = None) -> dict[str, Any]:
    answer = story.aws("lambda").invoke(
        FunctionName=story.deployed.predict_function_name,
        Qualifier=qualifier or story.deployed.predict_alias,
        Payload=json.dumps(request).encode(),
    )
    return json.loads(answer["Payload"].read())  # type: ignore[no-any-return]


def explained(
    story: Story, request: dict[str, Any], qualifier: str | None = None
) -> dict[str, Any]:
    """An answer with its explanations, on a machine that may be slower than a caller waits."""

    def look() -> dict[str, Any] | None:
        answer = ask(story, {**request, "explain": True}, qualifier)
        late = [p.get("explanation_error", "") for p in answer["predictions"]]
        return None if any("Timeout" in why or "no time" in why for why in late) else answer

    return watch.until(look, "an explanation", within=60)


def rows(story: Story, count: int) -> list[dict[str, Any]]:
    return [instance(row, story.contract) for row in story.source.rows[:count]]


def penstock_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["penstock", "why", NAME, *words])
    monkeypatch.setenv("COLUMNS", "150")
    code = main.run()
    shown = capsys.readouterr()
    return code, shown.out, shown.err


def test_answers_say_how_they_came_about_by_alias_and_by_version(story: Story) -> None:
    """Rows and columns alike; each reason is a sentence of the use case's own words."""
    several = rows(story, 8)
    by_alias = explained(story, {"instances": several})
    columns = {name: [row[name] for row in several] for name in several[0]}
    version = by_alias["model"]["version"]
    by_version = explained(story, {"columns": columns}, qualifier=version)
    for first, second in zip(by_alias["predictions"], by_version["predictions"], strict=True):
        assert adds_up(first), first
        assert first["explanation"] == second["explanation"]
        assert "explanation_error" not in first
    reasons = [r for p in by_alias["predictions"] for r in p["explanation"]["reasons"]]
    assert len(reasons) == 3 * len(several)
    assert all(" the score by " in r["text"] and "(" in r["text"] for r in reasons)


def test_why_tells_of_an_answer_while_it_is_in_the_log_and_when_it_is_in_the_lake(
    story: Story, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = explained(story, {"instances": rows(story, 3)})
    prediction = answer["predictions"][1]
    id_ = prediction["id"]
    watch.until(
        lambda: recorded._in_the_log(story.place, story.deployed, id_, recorded._day(id_)),
        "the record in the log", within=10,
    )  # fmt: skip
    code, shown, error = penstock_why(monkeypatch, capsys, id_)
    assert code == 0, error
    assert "reproduced" in shown
    assert answer["model"]["model_package"] in shown
    for reason in prediction["explanation"]["reasons"]:
        assert reason["text"] in shown
    watch.until(
        lambda: recorded._in_the_lake(
            story.place, story.deployed, NAME, id_, recorded._day(id_)
        ),
        "the record in the lake", within=60,
    )  # fmt: skip
    monkeypatch.setattr(recorded, "_in_the_log", lambda *_: None)
    code, again, error = penstock_why(monkeypatch, capsys, id_, "--json")
    assert code == 0, error
    said = json.loads(again)
    assert said["reproduced"] is True
    assert said["contributions"] == prediction["explanation"]["contributions"]


def test_an_id_that_nobody_gave_is_one_line(
    story: Story, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, shown, error = penstock_why(monkeypatch, capsys, "20261120-0123456789abcdef01234567")
    assert (code, shown) == (1, "")
    assert error.startswith("penstock: no prediction 20261120-0123456789abcdef01234567 of plain")
    assert error.count("\n") == 1
