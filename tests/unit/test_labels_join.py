"""Labels come late, in pieces, twice, against each other and for nobody: none is lost or double."""

import io
import itertools
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from labels_world import NOW, USECASE, World, answer, lines

from functions.labels import service
from functions.labels.errors import LabelsRefused, NoLabels
from functions.shared.csv_text import UnreadableFile


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return World(monkeypatch)


def label(number: int, outcome: str = "paid", minutes: int = 60, **own: Any) -> dict[str, Any]:
    """`minutes` before now it became known."""
    return {
        "prediction_id": answer(number)["prediction_id"],
        "outcome": outcome,
        "label_time": (NOW - timedelta(minutes=minutes)).isoformat(),
        **own,
    }


def test_a_label_finds_its_answer_with_its_inputs(world: World) -> None:
    world.answers([answer(1), answer(2)])
    report = world.come("a.jsonl", lines([label(1), label(2, "lost")]))
    rows = {row["prediction_id"]: row for row in world.labelled_rows()}
    row = rows[answer(1)["prediction_id"]]
    assert row | {"label_time": ""} == {
        "prediction_id": answer(1)["prediction_id"],
        "prediction_time": "2026-11-20T09:59:00.000000+00:00",
        "label_time": "",
        "model_package": "arn:package/1",
        "version": "4",
        "row_id": "L1",
        "score": 0.01,
        "outcome": 1,
        "amount": 1.0,
        "plan": "a",
    }
    assert {row["outcome"] for row in rows.values()} == {0, 1}
    assert (report["labelled"], report["waiting"], report["lost"]) == (2, 0, 0)
    assert world.total() == 2
    assert world.events == [
        {"usecase": "demo", "joined": 2, "changed": 0, "total": 2, "waiting": 0, "lost": 0}
    ]


ANSWERS = [answer(n) for n in range(6)]


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[list[dict[str, Any]]], list[int]]:
    """Labels of six answers and of two that never were, in files in any split, order and number;
    and after how many of the files each answer's record arrives."""
    made = draw(st.lists(st.builds(
        label, st.integers(0, 7), st.sampled_from(["paid", "lost"]), st.integers(0, 3)
    ), min_size=1, max_size=12))  # fmt: skip
    again = draw(st.lists(st.sampled_from(made), max_size=4))
    mixed = draw(st.permutations([*made, *again]))
    cuts = sorted(draw(st.lists(st.integers(0, len(mixed)), max_size=4)))
    files = [mixed[a:b] for a, b in itertools.pairwise([0, *cuts, len(mixed)]) if a < b]
    late = draw(st.lists(st.integers(0, len(files)), min_size=6, max_size=6))
    return files, late


@given(deliveries())
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_split_order_and_repetition_gives_the_same_labelled_set(
    given_: tuple[list[list[dict[str, Any]]], list[int]],
) -> None:
    """And every label is accounted for: labelled, waiting or set aside, each once."""
    files, late = given_
    with pytest.MonkeyPatch.context() as patch:
        world = World(patch)
        for i, file in enumerate(files):
            world.answers([a for a, after in zip(ANSWERS, late, strict=True) if after == i])
            world.come(f"{i}.jsonl", lines(file))
        world.answers([a for a, after in zip(ANSWERS, late, strict=True) if after == len(files)])
        world.tick()
        known = {a["prediction_id"] for a in ANSWERS}
        wanted: dict[str, tuple[str, int]] = {}
        for one in (one for file in files for one in file):
            held = (one["label_time"], int(one["outcome"] == "paid"))
            if one["prediction_id"] in known:
                wanted[one["prediction_id"]] = max(held, wanted.get(one["prediction_id"], held))
        assert world.labelled() == {name: outcome for name, (_, outcome) in wanted.items()}
        assert len(world.labelled_rows()) == len(wanted)
        assert world.total() == len(wanted) if wanted else not world.rows
        unknown = {lines(file) for file in files}
        waits = sum(
            one["prediction_id"] not in known
            for text in unknown for one in next(f for f in files if lines(f) == text)
        )  # fmt: skip
        assert world.tick()["waiting"] == waits


def test_the_same_file_twice_changes_nothing(world: World) -> None:
    """Under another name, later, and without a label_time: it keeps the time of its first."""
    world.answers([answer(1)])
    body = "prediction_id,outcome\n" + answer(1)["prediction_id"] + ",paid\n"
    world.come("a.csv", body)
    before, told = world.labelled_rows(), len(world.events)
    world.lake.now += timedelta(hours=5)
    world.come("b.csv", body)
    assert world.labelled_rows() == before
    assert len(world.events) == told


def test_a_later_label_wins_and_the_change_is_counted(world: World) -> None:
    world.answers([answer(1)])
    world.come("a.jsonl", lines([label(1, "paid", minutes=30)]))
    world.come("b.jsonl", lines([label(1, "lost", minutes=10)]))
    assert world.labelled() == {answer(1)["prediction_id"]: 0}
    assert world.events[-1] | {"total": 0} == {
        "usecase": "demo", "joined": 0, "changed": 1, "total": 0, "waiting": 0, "lost": 0,
    }  # fmt: skip
    world.come("c.jsonl", lines([label(1, "paid", minutes=20)]))
    assert world.labelled() == {answer(1)["prediction_id"]: 0}, "an older one came after it"


def test_a_label_waits_for_its_record_and_is_set_aside_when_none_comes(world: World) -> None:
    report = world.come("a.jsonl", lines([label(1), label(2)]))
    assert (report["labelled"], report["waiting"]) == (0, 2)
    world.answers([answer(1)])
    world.lake.now += timedelta(hours=1)
    assert world.tick()["joined"] == 1
    world.lake.now += timedelta(days=3)
    assert world.tick() == {"joined": 0, "changed": 0, "total": 1, "waiting": 0, "lost": 1,
                            "troubles": []}  # fmt: skip
    assert world.tick()["lost"] == 0, "it is told of once"
    report = world.come("a.jsonl", lines([label(1), label(2)]))
    assert (report["labelled"], report["waiting"], report["lost"]) == (1, 0, 1)
    assert "no record of such an answer" in world.texts("-unjoined.csv")
    assert not [key for key in world.lake.objects if key.startswith("pending/")]


def test_a_refused_request_has_no_truth(world: World) -> None:
    world.answers([answer(1, refused=True, score=None)])
    assert world.come("a.jsonl", lines([label(1)]))["waiting"] == 1


def test_by_row_id_the_newest_answer_at_that_time_is_meant(world: World) -> None:
    """Not a later one, not one before back_days, and only once every record has arrived."""
    at = [NOW - timedelta(days=40), NOW - timedelta(hours=9), NOW - timedelta(hours=5),
          NOW - timedelta(hours=3)]  # fmt: skip
    ids = []
    for number, when in enumerate(at):
        record = answer(number, row_id="L7", prediction_time=f"{when:%Y-%m-%dT%H:%M:%S}.000+00:00")
        ids.append(record["prediction_id"])
        world.answers([record])
    meant = (NOW - timedelta(hours=4)).isoformat()
    world.come("a.csv", f"loan_id,outcome,label_time\nL7,paid,{meant}\nnobody,paid,{meant}\n")
    assert world.labelled() == {ids[2]: 1}
    assert "no record of such an answer" in world.texts("-unjoined.csv")
    old = (NOW - timedelta(days=20)).isoformat()
    world.come("b.csv", f"row_id,outcome,event_time\nL7,lost,{old}\n")
    assert world.labelled() == {ids[2]: 1, ids[0]: 0}, "twenty days before: near enough"
    between = (NOW - timedelta(hours=10)).isoformat()
    report = world.come("c.csv", f"row_id,outcome,event_time\nL7,paid,{between}\n")
    assert report["lost"] == 1, "forty days before: too long ago"


def test_by_row_id_one_waits_until_all_records_of_that_time_are_there(world: World) -> None:
    world.answers([answer(1)])
    soon = (NOW - timedelta(minutes=10)).isoformat()
    body = f"loan_id,outcome,label_time\nL1,paid,{soon}\n"
    assert world.come("a.csv", body)["waiting"] == 1
    at = f"{NOW - timedelta(minutes=20):%Y-%m-%dT%H:%M:%S}.000+00:00"
    newest = answer(99, row_id="L1", prediction_time=at)
    world.answers([newest])
    world.lake.now += timedelta(hours=1)
    world.tick()
    assert world.labelled() == {newest["prediction_id"]: 1}


def test_two_joins_at_once_lose_nothing(world: World) -> None:
    """A rival writes the same day between our reading and our writing."""
    world.answers([answer(1), answer(2)])
    service.park(world.put("a.jsonl", lines([label(1)])), "", USECASE, world.store)
    world.lake.rival = lambda: world.come("b.jsonl", lines([label(2)]))
    world.tick()
    assert sorted(world.labelled()) == sorted(answer(n)["prediction_id"] for n in (1, 2))
    assert world.total() == 2


@pytest.mark.parametrize("at", range(1, 9))
def test_a_join_that_breaks_off_is_made_good_by_its_retry(world: World, at: int) -> None:
    """Whichever write it is that fails."""
    world.answers([answer(1)])
    key, writes, put = world.put("a.jsonl", lines([label(1), label(5)])), 0, world.lake.put_object

    def failing(**given: Any) -> None:
        nonlocal writes
        writes += 1
        if writes == at:
            raise RuntimeError("broken off")
        put(**given)

    def once() -> None:
        parked = service.park(key, "", USECASE, world.store)
        service.settle(USECASE, world.store, world.lake.now, parked.source)

    world.lake.put_object = failing  # type: ignore[method-assign]
    try:
        once()
    except RuntimeError:
        once()
    assert world.labelled() == {answer(1)["prediction_id"]: 1}
    (report,) = [world.texts("rejected/demo/labels/")]
    assert '"labelled": 1' in report
    assert '"waiting": 1' in report
    assert world.total() == 1


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "an id": ({"prediction_id": "x"}, "prediction_id: expected an id as an answer has it"),
    "no id": ({"prediction_id": ""}, "prediction_id: expected an id, or a loan_id: got nothing"),
    "a date": ({"prediction_id": "20261399-00000000"}, "prediction_id: expected an id"),
    "a day to come": ({"prediction_id": "20990101-00000000"}, "prediction_id: expected an id of a"),
    "words": ({"outcome": "Paid"}, "outcome: expected 'paid' or 'lost': got 'Paid'"),
    "no words": ({"outcome": None}, "outcome: expected 'paid' or 'lost': got nothing"),
    "a time": ({"label_time": "yesterday"}, "label_time: expected an ISO 8601 date or time"),
    "the future": ({"label_time": "2026-11-21T00:00"}, "label_time: expected not after the file"),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_row_is_set_aside_with_its_reason_and_the_others_count(
    world: World, bad: str
) -> None:
    change, reason = BAD[bad]
    world.answers([answer(1)])
    report = world.come("a.jsonl", lines([label(2) | change, label(1)]))
    assert (report["rows_read"], report["rows_rejected"], report["labelled"]) == (2, 1, 1)
    assert reason in world.texts(".csv").replace('""', '"')
    assert sum(report["reasons"].values()) == 1


def test_a_label_from_before_its_answer_is_set_aside(world: World) -> None:
    world.answers([answer(1)])
    report = world.come("a.jsonl", lines([label(1, minutes=60 * 24)]))
    assert (report["labelled"], report["lost"]) == (0, 1)
    assert "the label is older than the answer" in world.texts("-unjoined.csv")


def test_a_label_of_the_same_second_is_not_before_its_answer(world: World) -> None:
    """S3 tells the second in which a file came, and clocks differ by more."""
    at = f"{NOW - timedelta(seconds=0.5):%Y-%m-%dT%H:%M:%S.%f}+00:00"
    record = answer(1, prediction_time=at)
    world.answers([record])
    world.lake.now = NOW.replace(microsecond=0) - timedelta(seconds=1)
    body = f"prediction_id,outcome\n{record['prediction_id']},paid\n"
    assert world.come("a.csv", body)["labelled"] == 1


def test_a_bare_date_is_not_before_what_was_answered_that_day(world: World) -> None:
    world.answers([answer(1)])
    body = f"prediction_id,outcome,label_time\n{answer(1)['prediction_id']},paid,2026-11-20\n"
    assert world.come("a.csv", body)["labelled"] == 1


@pytest.mark.parametrize(("body", "error"), [
    (b"", "an empty file"),
    (b"\xff\xfe\x00", "UTF-8"),
    (b"PAR1 and then nothing", "Parquet"),
    (b"prediction_id,outcome\n", "no rows"),
    (b"prediction_id,result\na,b\n", "expected outcome, and prediction_id or loan_id"),
    (b"who,outcome\na,paid\n", "expected outcome, and prediction_id or loan_id"),
])  # fmt: skip
def test_a_file_that_is_none_is_refused_and_keeps_nobody_waiting(
    world: World, body: bytes, error: str
) -> None:
    world.answers([answer(1)])
    world.come("before.jsonl", lines([label(2)]))
    parked = service.park(world.put("bad", body), "", USECASE, world.store)
    assert isinstance(parked.refusal, (UnreadableFile, LabelsRefused, NoLabels, Exception))
    assert error in str(parked.refusal)
    assert error in (world.store.report(parked.source) or {})["refused"]
    again = service.park(world.put("bad", body), "", USECASE, world.store)
    assert again.refusal is not None, "a retry must fail too, or nobody is told"
    world.answers([answer(2)])
    assert world.tick()["joined"] == 1


def test_a_line_that_is_no_json_and_a_field_too_many_are_bad_rows(world: World) -> None:
    world.answers([answer(1)])
    report = world.come("a.jsonl", lines([label(1)]) + "\n{broken\n[1]\n")
    assert (report["rows_read"], report["rows_rejected"], report["labelled"]) == (3, 2, 1)
    body = f"prediction_id,outcome\n{answer(1)['prediction_id']},paid,more\n"
    assert world.come("b.csv", body)["rows_rejected"] == 1


def test_parquet_with_real_times_and_columns_that_say_nothing(world: World) -> None:
    world.answers([answer(1)])
    made = io.BytesIO()
    pl.DataFrame({
        "prediction_id": [answer(1)["prediction_id"]], "outcome": ["paid"],
        "label_time": [NOW - timedelta(minutes=5)], "note": [[1, 2]],
    }).write_parquet(made)  # fmt: skip
    report = world.come("a.bin", made.getvalue())
    assert report["labelled"] == 1
    assert report["ignored_columns"] == ["note"]
    assert world.labelled_rows()[0]["label_time"] == "2026-11-20T11:55:00.000000+00:00"


def test_a_corrupt_file_of_records_is_told_of_and_the_others_are_read(world: World) -> None:
    world.answers([answer(1)])
    world.lake.objects["predictions/demo/2026/11/20/09/x.parquet"] = (b"PAR1 no", NOW)
    world.come("a.jsonl", lines([label(1), label(3)]))
    assert world.labelled() == {answer(1)["prediction_id"]: 1}
    assert "cannot be read" in world.tick()["troubles"][0]


def test_a_day_of_an_older_contract_keeps_its_columns(world: World) -> None:
    old = {k: v for k, v in answer(1).items() if k != "plan"} | {"gone": 1.5}
    world.answers([old])
    world.come("a.jsonl", lines([label(1)]))
    world.answers([answer(2)])
    world.come("b.jsonl", lines([label(2)]))
    assert [(row["amount"], row["plan"]) for row in world.labelled_rows()] == [(2, "a"), (1, None)]
