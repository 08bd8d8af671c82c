"""A batch of a stream: everyone is answered once, in order, or set apart, or comes again."""

import base64
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.predict import answer, request
from functions.stream.ask import Answered, Outcome, Unanswered, ask
from functions.stream.records import Poison, Record, Row, read
from functions.stream.service import Done, process
from functions.stream.write import STALLED, write
from penstock.contract import Column, Contract, TargetRule
from penstock.errors import ContractError

CONTRACT = Contract(
    usecase="tried",
    row_id="id",
    columns=(Column("x", "float", min=0, max=1),),
    target=TargetRule("y", "yes", "no"),
    threshold=0.5,
)
MODEL = {"version": "3"}


def record(n: int, data: Any, key: str = "k") -> Record:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return Record("shardId-0", f"4{n:055}", key, 1.8e9 + n, raw)


def rows(*values: Any) -> list[Row]:
    found = [read(record(n, {"id": n, "x": x}), "id") for n, x in enumerate(values)]
    return [row for row in found if isinstance(row, Row)]


class Predict:
    """Predict's own refusals, over a model that gives x back; `fails` raises in its place."""

    def __init__(self, fails: Callable[[int], Exception | None] = lambda _: None) -> None:
        self.asked: list[int] = []
        self._fails = fails

    def __call__(self, asked: bytes) -> Mapping[str, Any]:
        body = json.loads(asked)
        self.asked.append(len(body["instances"]))
        if error := self._fails(len(self.asked)):
            raise error
        try:
            columns, _ = request.parse(body, CONTRACT)
        except ContractError as why:
            return answer.refused(why)
        scores = columns["x"].tolist()
        ids = [f"id-{len(self.asked)}-{i}" for i in range(len(scores))]
        return answer.predictions(ids, scores, ["no"] * len(scores), MODEL)


class Store:
    """What the function's AWS calls would do, in memory."""

    def __init__(self, predict: Callable[[bytes], Mapping[str, Any]]) -> None:
        self.predict = predict
        self.written: list[Answered] = []
        self.apart: list[Poison] = []

    def put(self, answers: Sequence[Answered]) -> list[bool]:
        self.written += answers
        return [True] * len(answers)

    def set_apart(self, poison: Sequence[Poison]) -> str:
        self.apart += poison
        return "s3://lake/poison"


def run(batch: list[Record], store: Any, time_left: bool = True) -> Done:
    return process(batch, "id", store, has_time=lambda: time_left, sleep=lambda _: None)


def test_a_record_is_read_as_lambda_hands_it_over() -> None:
    event = {
        "eventID": "shardId-000000000006:49590338271490256608559692538361571095921575989136588898",
        "kinesis": {
            "partitionKey": "p",
            "sequenceNumber": "49590338271490256608559692538361571095921575989136588898",
            "data": base64.b64encode(b'{"x": 1e-1, "id": "a"}').decode(),
            "approximateArrivalTimestamp": 1545084650.987,
        },
    }
    row = read(Record.of(event), "id")
    assert isinstance(row, Row)
    assert (row.text, row.row_id) == ('{"x": 1e-1, "id": "a"}', "a")
    assert row.record.source() == {
        "shard": "shardId-000000000006",
        "sequence_number": "49590338271490256608559692538361571095921575989136588898",
        "partition_key": "p",
        "arrived": "2018-12-17T22:10:50.987+00:00",
    }


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[1]", b"null", b"{} {}", b"{},{}", b'{"x": NaN}', b'{"x": -Infinity}',
     b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b'{"x": ' + b"[" * 100_000, b"1" * 5000],
)  # fmt: skip
def test_what_is_no_json_object_is_poison_with_its_bytes(data: bytes) -> None:
    """Two objects in one record would shift everybody's answers by one."""
    found = read(record(1, data), "id")
    assert isinstance(found, Poison)
    assert base64.b64decode(found.to_dict()["data"]) == data
    assert found.to_dict()["source"]["sequence_number"] == record(1, data).sequence_number
    assert found.reasons[0]["expected"] == "one instance as a JSON object"


def test_the_text_of_a_record_reaches_predict_as_it_came() -> None:
    """Also what Python would write otherwise: numbers, escapes, a key that comes twice."""
    text = '{"id": "\\u00e4", "x": 0.10, "x": 1E-1}'
    row = read(record(1, text.encode()), "id")
    assert isinstance(row, Row)
    seen: list[bytes] = []

    def predict(asked: bytes) -> Mapping[str, Any]:
        seen.append(asked)
        return answer.predictions(["i"], [0.1], ["no"], MODEL)

    ask([row], predict)
    assert seen == [f'{{"instances":[{text}]}}'.encode()]


def test_the_broken_are_named_and_the_others_are_answered() -> None:
    outcome = ask(rows(0.1, 7, 0.2, "x", 0.3), Predict())
    assert [a.prediction["score"] for a in outcome.answered] == [0.1, 0.2, 0.3]
    assert [a.row.row_id for a in outcome.answered] == ["0", "2", "4"]
    assert [p.record.position % 10 for p in outcome.poison] == [1, 3]
    assert [p.reasons[0]["got"] for p in outcome.poison] == ["7", "'x'"]


def test_more_broken_rows_than_a_refusal_lists_are_all_found() -> None:
    predict = Predict()
    outcome = ask(rows(*[9] * 250, 0.5), predict)
    assert len(outcome.poison) == 250
    assert [a.row.row_id for a in outcome.answered] == ["250"]
    assert predict.asked == [251, 151, 51, 1]


@pytest.mark.parametrize("status", [400, 413])
def test_a_refusal_that_names_no_row_is_halved_until_one_is_alone(status: int) -> None:
    def predict(asked: bytes) -> Mapping[str, Any]:
        values = [row["x"] for row in json.loads(asked)["instances"]]
        if 0.666 in values:
            return answer.error(status, "not this one")
        return answer.predictions(list(map(str, values)), values, ["no"] * len(values), MODEL)

    outcome = ask(rows(0.1, 0.2, 0.666, 0.4, 0.5), predict)
    assert [a.prediction["score"] for a in outcome.answered] == [0.1, 0.2, 0.4, 0.5]
    (poison,) = outcome.poison
    assert poison.reasons == [
        {"row": None, "field": "", "expected": "a request", "got": "not this one"}
    ]


@pytest.mark.parametrize(
    "body", [answer.error(503, "no model"), {"message": "?"}, {"predictions": []}]
)
def test_whatever_is_no_answer_and_no_refusal_may_come_later(body: dict[str, Any]) -> None:
    with pytest.raises(Unanswered):
        ask(rows(0.1), lambda _: body)


VALUES = st.one_of(st.floats(0, 1), st.sampled_from([7, None, "x", [], {}, True, 10**400]))
THINGS = st.one_of(
    VALUES.map(lambda x: json.dumps({"id": "r", "x": x}).encode()), st.binary(max_size=12)
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(THINGS, st.sampled_from("abc")), max_size=40))
def test_each_record_is_answered_or_set_apart_exactly_once(batch: list[tuple[bytes, str]]) -> None:
    given_ = [record(n, data, key) for n, (data, key) in enumerate(batch)]
    store = Store(Predict())
    done = run(given_, store)
    answered = [a.row.record.position for a in store.written]
    apart = [p.record.position for p in store.apart]
    assert Counter(answered + apart) == Counter(r.position for r in given_)
    assert done.failures == {"batchItemFailures": []}
    assert (done.answered, done.poison) == (len(answered), len(apart))
    for one in store.written:
        assert one.prediction["score"] == json.loads(one.row.record.data)["x"]
    for key in "abc":
        own = [a.row.record for a in store.written if a.row.record.partition_key == key]
        assert own == sorted(own, key=lambda r: r.position)


def test_without_an_answer_the_whole_batch_comes_again_and_nothing_is_written() -> None:
    store = Store(Predict(lambda n: Unanswered("throttled") if n == 2 else None))
    batch = [record(n, {"x": x}) for n, x in enumerate([0.1, 7, 0.3])]
    done = run(batch, store)
    assert done.failures == {"batchItemFailures": [{"itemIdentifier": batch[0].sequence_number}]}
    assert done.why == "throttled"
    assert (store.written, store.apart) == ([], [])


def test_an_error_in_predict_is_raised_so_that_lambda_halves_the_batch() -> None:
    with pytest.raises(RuntimeError):
        run([record(1, {"x": 0.1})], Store(Predict(lambda _: RuntimeError("broken"))))


def test_poison_that_cannot_be_set_apart_keeps_the_batch() -> None:
    class Closed(Store):
        def set_apart(self, poison: Sequence[Poison]) -> str:
            raise PermissionError("s3")

    store = Closed(Predict())
    with pytest.raises(PermissionError):
        run([record(1, {"x": 0.1}), record(2, b"?")], store)
    assert store.written == []


def answers(*keys: str) -> list[Answered]:
    found: Outcome = ask(rows(*[0.5] * len(keys)), Predict())
    for one, key in zip(found.answered, keys, strict=True):
        object.__setattr__(one.row.record, "partition_key", key)
    return found.answered


class Output:
    """An output stream that lets a record in at its n-th attempt only."""

    def __init__(self, attempts: Mapping[int, int]) -> None:
        self.calls: list[list[int]] = []
        self.stream: list[tuple[str, int]] = []
        self._left = dict(attempts)

    def put(self, entries: Sequence[Answered]) -> list[bool]:
        found = [(e.row.record.partition_key, e.row.record.position % 1000) for e in entries]
        self.calls.append([n for _, n in found])
        done = []
        for key, n in found:
            self._left[n] = self._left.get(n, 1) - 1
            done.append(self._left[n] <= 0)
            if done[-1]:
                self.stream.append((key, n))
        return done


def test_a_throttled_answer_is_not_overtaken_by_another_of_its_key() -> None:
    output = Output({0: 3, 4: 2})
    left = write(answers(*"aabaab"), output.put, has_time=lambda: True, sleep=lambda _: None)
    assert left == []
    assert [n for key, n in output.stream if key == "a"] == [0, 1, 3, 4]
    assert [n for key, n in output.stream if key == "b"] == [2, 5]
    assert all(len({"aabaab"[n] for n in call}) == len(call) for call in output.calls)


def test_what_the_stream_does_not_take_comes_again_from_the_first_one_on() -> None:
    """What follows it and was written is written once more: at least once."""
    output, pauses = Output({1: 1000}), []
    batch = [record(n, {"x": 0.5}, key) for n, key in enumerate("abc")]
    store = Store(Predict())
    store.put = output.put  # type: ignore[method-assign]
    done = process(batch, "id", store, has_time=lambda: True, sleep=pauses.append)
    assert done.failures["batchItemFailures"] == [{"itemIdentifier": batch[1].sequence_number}]
    assert output.stream == [("a", 0), ("c", 2)]
    assert len(pauses) == STALLED - 1
    assert pauses == sorted(pauses)
    assert (done.answered, done.poison) == (2, 0)


def test_no_time_left_is_said_and_not_overrun() -> None:
    batch = [record(n, {"x": 0.5}) for n in range(3)]
    done = run(batch, Store(Predict()), time_left=False)
    assert done.failures["batchItemFailures"] == [{"itemIdentifier": batch[0].sequence_number}]
