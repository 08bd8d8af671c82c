"""Mode `stream`: records in, answers out, in order, none lost and poison told from them."""

import base64
import json
import random
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest
from streaming import Ends, key_of, without_doubles
from typer.testing import CliRunner

from cli import main, paths
from cli.demo import models, rows, watch
from cli.demo.story import Story

GOOD = 2000
IDLE, BUSY = 1, 15


@pytest.fixture
def ends(stories: Mapping[str, Story]) -> Ends:
    return Ends(stories["stream"])


def poison(ends: Ends) -> dict[bytes, str]:
    """Seven records that are no request, each with a word of its reason."""
    good = ends.instances("poison", 1)[0]
    number, other = (c.name for c in ends.story.contract.columns[:2])
    less = {k: v for k, v in good.items() if k != number}
    return {
        json.dumps({**good, number: -1}).encode(): number,
        json.dumps({**good, other: "ten"}).encode(): other,
        json.dumps(less).encode(): number,
        json.dumps({**good, "more": 1}).encode(): "more",
        json.dumps([good]).encode(): "one instance as a JSON object",
        json.dumps(good).encode() * 2: "Extra data",
        b"\xff\x00" + ends.run.encode(): "UnicodeDecodeError",
    }


def test_the_good_are_answered_in_order_and_the_poison_is_set_apart(ends: Ends) -> None:
    """Under load, the poison strewn among them; nothing fails, so nothing comes twice."""
    instances, bad = ends.instances("good", GOOD), poison(ends)
    step = GOOD // len(bad)
    for n, text in enumerate(bad):
        ends.put(instances[n * step : (n + 1) * step])
        ends.put_raw([(key_of(f"p-{n * 5}"), text)])
    ends.put(instances[len(bad) * step :])
    ends.wait(set(ends.sent), 30)
    apart = ends.until_apart(bad)
    own = [a for a in ends.got if a["row_id"] in ends.sent]
    assert len(own) == len(ends.sent) == GOOD
    order = {row_id: n for n, row_id in enumerate(ends.sent)}
    for key in {a["key"] for a in own}:
        found = [order[a["row_id"]] for a in own if a["key"] == key]
        assert found == sorted(found)
    assert all(a["key"] == a["source"]["partition_key"] == key_of(a["row_id"]) for a in own)
    told = {base64.b64decode(one["data"]): str(one["reasons"]) for one in apart}
    assert len(apart) == len(told) == len(bad)
    assert all(word in told[text] for text, word in bad.items())


def test_a_stream_answers_as_predict_does(ends: Ends) -> None:
    """The same scores, labels and model."""
    asked = ends.instances("same", 20)
    ends.put(asked)
    ends.wait(set(ends.sent), 10)
    stack = ends.story.deployed
    answer = ends.story.aws("lambda").invoke(
        FunctionName=stack.predict_function_name,
        Qualifier=stack.predict_alias,
        Payload=json.dumps({"instances": asked}),
    )
    said = json.loads(answer["Payload"].read())
    streamed = {a["row_id"]: a for a in ends.got if a["row_id"] in ends.sent}
    for one, prediction in zip(asked, said["predictions"], strict=True):
        found = streamed[one[ends.story.contract.row_id]]
        assert found["score"] == pytest.approx(prediction["score"], abs=1e-9)
        assert (found["label"], found["model"]) == (prediction["label"], said["model"])


def test_why_tells_of_an_answer_by_the_id_that_it_has_in_the_stream(
    ends: Ends, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paths, "CLOUD", place / "cloud")
    ends.put(ends.instances("why", 1))
    ends.wait(set(ends.sent), 10)
    (id_,) = [a["prediction_id"] for a in ends.got if a["row_id"] in ends.sent]

    def explained() -> str | None:
        done = CliRunner().invoke(main.app, ["why", ends.story.name, id_])
        return done.output if done.exit_code == 0 else None

    assert "reproduced" in watch.until(explained, "its record, and the explanation", within=30)


def test_while_predict_is_down_records_wait_and_somebody_is_told(ends: Ends) -> None:
    """Nothing is answered, nothing is lost, and order survives; the alarm goes by itself."""
    function = ends.story.deployed.predict_function_name
    concurrency = {"FunctionName": function, "ReservedConcurrentExecutions": 0}
    ends.story.aws("lambda").put_function_concurrency(**concurrency)
    try:
        asked = ends.instances("down", 300)
        ends.put(asked)
        late = ends.alarm()
        watch.until(lambda: ends.state(late) == "ALARM" or None, "the alarm", within=30)
        assert not {a["row_id"] for a in ends.read()} & set(ends.sent)
    finally:
        ends.story.aws("lambda").delete_function_concurrency(FunctionName=function)
    ends.wait(set(ends.sent), 30)
    kept = [a["row_id"] for a in without_doubles(ends.got) if a["row_id"] in ends.sent]
    assert len(kept) == len(set(kept)) == len(asked)
    watch.until(lambda: ends.state(late) == "OK" or None, "the alarm's end", within=30)


def test_a_canary_goes_by_while_the_stream_flows(ends: Ends) -> None:
    """Both versions answer; every record has exactly one answer once doubles are dropped."""
    story = ends.story
    known = watch.executions(story, story.deployed.train_state_machine_arn)
    _, rest = rows.parts(story.source.rows)
    with Feeder(ends) as feeder:
        models.upload(story, random.sample(rest, len(rest) - 3), "rest.csv")
        model = models.train(story, known, "dataset", "the second model")
        feeder.at_once = BUSY
        row = models.released(story, model["package"])
    assert row["result"] == "promoted", row["why"]
    ends.wait(set(ends.sent), 30)
    own = [a for a in without_doubles(ends.got) if a["row_id"] in ends.sent]
    assert len(own) == len(ends.sent) > 500
    versions = {a["model"]["version"] for a in own}
    assert str(row["version"]) in versions
    assert len(versions) == 2


class Feeder(threading.Thread):
    """Puts some records twenty times a second, until its context is left."""

    def __init__(self, ends: Ends) -> None:
        super().__init__(daemon=True)
        self.at_once = IDLE
        self._ends, self._stopping = ends, threading.Event()

    def __enter__(self) -> "Feeder":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self.join(timeout=10)

    def run(self) -> None:
        waiting = self._ends.instances("flow", 20_000)
        while not self._stopping.wait(0.05):
            self._ends.put(waiting[: self.at_once])
            del waiting[: self.at_once]
