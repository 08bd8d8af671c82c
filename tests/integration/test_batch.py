"""Files in, one answer a row out: whatever breaks, no row is lost and none comes twice."""

import dataclasses
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import batch_world as batch
import boto3
import functions_world as world
import polars as pl
import pytest
from moto import mock_aws

from functions.batch import errors
from functions.predict.capture import Capture
from penstock.record import glue_columns

OUT, FAILED = "batch/loans/out", "batch/loans/failed"


@pytest.fixture
def predict(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[batch.Functions]:
    with mock_aws():
        yield batch.build(monkeypatch, tmp_path)


def typed(table: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows as JSON and Parquet have them: numbers, booleans, null, without the target."""
    return [
        {
            "loan_id": row["loan_id"],
            "amount": row["amount"],
            "age": None if row["age"] == "" else row["age"],
            "plan": row["plan"] or None,
            "active": row["active"] == "true",
        }
        for row in table
    ]


def file(table: list[dict[str, Any]], suffix: str) -> bytes:
    if suffix == "csv":
        return world.to_csv(table)
    if suffix == "jsonl":
        return "".join(f"{json.dumps(row)}\n" for row in typed(table)).encode()
    body = io.BytesIO()
    pl.DataFrame(typed(table)).write_parquet(body, row_group_size=400)
    return body.getvalue()


def output(suffix: str = "parquet") -> pl.DataFrame:
    """All parts of the one job, in the order of their names."""
    readers: dict[str, Callable[[io.BytesIO], pl.DataFrame]] = {
        "parquet": pl.read_parquet,
        "csv": pl.read_csv,
        "jsonl": pl.read_ndjson,
    }
    keys = [key for key in world.keys(world.LAKE, OUT) if key.endswith(suffix)]
    return pl.concat(readers[suffix](io.BytesIO(world.read(world.LAKE, key))) for key in keys)


def records() -> pl.DataFrame:
    keys = world.keys(world.LAKE, "predictions/loans/")
    return pl.concat(pl.read_parquet(io.BytesIO(world.read(world.LAKE, key))) for key in keys)


def failed() -> list[Any]:
    keys = [key for key in world.keys(world.LAKE, FAILED) if key.endswith(".jsonl")]
    text = b"".join(world.read(world.LAKE, key) for key in keys).decode()
    return [json.loads(line) for line in text.splitlines()]


def expected(predict: batch.Functions, table: list[dict[str, Any]]) -> list[float]:
    columns = world.columns(table)
    return [round(s, 9) for s in predict.predictor.scorer.score(columns).tolist()]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_every_row_has_exactly_one_answer_in_its_place(
    predict: batch.Functions, suffix: str
) -> None:
    """3,000 rows of which 5 break the contract, in three parts."""
    table = world.rows(3000)
    good = [dict(row) for row in table]
    wrong = {"plan": "c", "age": 500, "amount": 1e6}
    broken = {0: "plan", 999: "age", 1000: "amount", 1777: "plan", 2999: "age"}
    for i, name in broken.items():
        table[i][name] = wrong[name]
    report = batch.run(batch.put(f"a.{suffix}", file(table, suffix)))
    assert (report["rows_in"], report["rows_out"], report["parts"]) == (3000, 3000, 3)
    assert (report["scored"], report["refused"]) == (2995, 5)
    found = output()
    assert found["row_id"].to_list() == [row["loan_id"] for row in table]
    assert found["row"].to_list() == list(range(3000))
    assert found["prediction_id"].n_unique() == 3000
    scores, errors_ = found["score"].to_list(), found["error"].to_list()
    for i, score in enumerate(expected(predict, good)):
        if i in broken:
            assert scores[i] is None
            assert errors_[i].startswith(f"{broken[i]}: got ")
        else:
            assert round(scores[i], 9) == score
            assert errors_[i] is None
    assert [(row["row"], row["violations"][0]["field"]) for row in failed()] == list(broken.items())
    assert set(found["model"]) == {batch.PACKAGE}
    assert predict.printed == []  # no caller was served: nothing goes by way of the log
    assert f"{OUT}/{report['job']}/_SUCCESS" in world.keys(world.LAKE, OUT)


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_the_output_is_of_the_format_that_the_use_case_names(
    predict: batch.Functions, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    monkeypatch.setenv("OUTPUT", suffix)
    batch.run(batch.put("a.csv", world.to_csv(world.rows(1200))))
    assert output(suffix).height == 1200
    assert output(suffix)["label"].value_counts().height == 2


def test_records_are_those_that_predict_would_have_made(predict: batch.Functions) -> None:
    """Same fields, same values, a person masked by the same key; refused rows with a reason."""
    table = world.rows(50)
    table[7]["plan"] = "c"
    batch.run(batch.put("a.csv", world.to_csv(table)))
    found, answers = records(), output()
    contract = predict.predictor.scorer.contract
    columns = [(c.name, c.type, c.personal) for c in contract.columns]
    assert found.columns == list(glue_columns(columns))
    answered = found.filter(~pl.col("refused"))
    kept = [i for i in range(50) if i != 7]
    assert sorted(found["prediction_id"]) == sorted(answers["prediction_id"])
    lines = Capture(contract, "dev", 1.0, predict.predictor.model, b"k").lines(
        world.columns([table[i] for i in kept]),
        [table[i]["loan_id"] for i in kept],
        answered["prediction_id"].to_list(),
        answered["score"].to_list(),
        answered["label"].to_list(),
        version="3",
        alias="live",
        latency_ms=1.0,
    )
    own = {"prediction_time", "latency_ms", "_aws", "alias"}
    for line, row in zip(lines, answered.iter_rows(named=True), strict=True):
        theirs = {name: v for name, v in json.loads(line).items() if name not in own}
        assert theirs == {name: row[name] for name in theirs}
    (refused,) = found.filter(pl.col("refused")).iter_rows(named=True)
    assert refused["reason"] == "400 plan: expected one of 'a', 'b', or null (1 in all)"
    assert refused["plan"] is None


def test_a_person_is_masked_by_the_use_cases_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    columns = [{**c, "personal": c["name"] == "age"} for c in world.RAW["columns"]]
    with mock_aws():
        predict = batch.build(monkeypatch, tmp_path, columns=columns)
        table = world.rows(20)
        batch.run(batch.put("a.csv", world.to_csv(table)))
        found = records().sort("row_id")["age"].to_list()
    ages = [row["age"] for row in sorted(table, key=lambda row: str(row["loan_id"]))]
    assert [value is None for value in found] == [age == "" for age in ages]
    assert all(len(value) == 32 for value in found if value)
    assert predict.predictor.capture.hmac_key == bytes.fromhex("ab" * 32)


def test_a_share_of_the_records_is_kept_by_the_ids_own_chance(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with mock_aws():
        batch.build(monkeypatch, tmp_path, serving={"capture_rate": 0.25})
        batch.run(batch.put("a.csv", world.to_csv(world.rows(2000))))
        assert 400 < records().height < 600
        assert output().height == 2000


def test_what_is_done_is_not_done_again(predict: batch.Functions) -> None:
    """A part fails as predict fails: tried again, and begun anew, nothing is lost or double."""
    uri = batch.put("a.csv", world.to_csv(world.rows(3000)))
    planned = batch.plan(uri)
    first, second, third = batch.parts(planned)
    done = batch.score(planned, [first])
    predict.failing = ["Runtime.ExitError"]
    with pytest.raises(errors.PredictFailed, match=r"Runtime\.ExitError"):
        batch.score(planned, [second])
    done += batch.score(planned, [second])
    before = output()
    asked = len(predict.asked["explain"])
    again = batch.plan(uri)
    assert again == planned
    done = batch.score(again, [first, second])
    assert len(predict.asked["explain"]) == asked
    assert output().equals(before)
    report = batch.finish(again, done + batch.score(again, [third]))
    assert report["rows_out"] == 3000
    assert len(world.keys(world.LAKE, f"{OUT}/{report['job']}/part-")) == 3
    assert records().height == records()["prediction_id"].n_unique() == 3000


def test_a_part_that_was_killed_midway_writes_over_what_it_left(predict: batch.Functions) -> None:
    planned = batch.plan(batch.put("a.csv", world.to_csv(world.rows(100))))
    batch.score(planned, batch.parts(planned))
    before, keys = output(), world.keys(world.LAKE, "predictions/")
    (marker,) = world.keys(world.LAKE, f"batch/loans/jobs/{planned['job']['id']}/parts/")
    boto3.client("s3").delete_object(Bucket=world.LAKE, Key=marker)
    batch.score(planned, batch.parts(planned))
    assert output().equals(before)
    if datetime.now(UTC).minute:  # else the hour may just have turned
        assert world.keys(world.LAKE, "predictions/") == keys


def test_a_missing_part_is_no_success(predict: batch.Functions) -> None:
    planned = batch.plan(batch.put("a.csv", world.to_csv(world.rows(1500))))
    done = batch.score(planned, batch.parts(planned)[:1])
    with pytest.raises(errors.Incomplete, match=r"1000 rows of 1 parts .* 1500 rows of 2 parts"):
        batch.finish(planned, done)
    assert not [key for key in world.keys(world.LAKE, OUT) if key.endswith("_SUCCESS")]


def test_files_that_are_none_are_set_apart_and_the_others_scored(predict: batch.Functions) -> None:
    table = world.rows(30)
    parquet = file(table, "parquet")
    batch.put("many/a.csv", world.to_csv(table))
    batch.put("many/b.csv", world.to_csv(table).replace(b"amount", b"amoumt", 1))
    batch.put("many/c.parquet", parquet[: len(parquet) // 2])
    batch.put("many/d.txt", b"hello")
    batch.put("many/e.csv", b"")
    batch.put("many/f.jsonl", file(table, "jsonl"))
    with pytest.raises(errors.FilesRefused, match="4 of 6 files"):
        batch.run(f"s3://{world.LAKE}/batch/loans/in/many/")
    assert output()["file"].unique().sort().to_list() == [
        f"batch/loans/in/many/{name}" for name in ("a.csv", "f.jsonl")
    ]
    (key,) = [key for key in world.keys(world.LAKE, FAILED) if key.endswith("files.json")]
    why = {row["file"].rsplit("/", 1)[-1]: row["why"] for row in world.read_json(world.LAKE, key)}
    assert why["b.csv"] == "columns missing ['amount'], unknown ['amoumt']"
    assert list(why) == ["b.csv", "c.parquet", "d.txt", "e.csv"]


def test_a_file_that_is_damaged_inside_has_every_row_refused(predict: batch.Functions) -> None:
    """Its footer is whole, so that its rows are known; its data cannot be read."""
    body = bytearray(file(world.rows(500), "parquet"))
    body[100:1500] = bytes(1400)
    report = batch.run(batch.put("a.parquet", bytes(body)))
    assert (report["rows_out"], report["scored"], report["refused"]) == (500, 0, 500)
    assert output()["error"].str.contains("a whole Parquet file").all()


def test_rows_that_are_none_are_refused_by_themselves(predict: batch.Functions) -> None:
    lines = world.to_csv(world.rows(6)).splitlines()
    lines[2] += b",more"
    lines[4] = lines[4].replace(b"true", b"tr\xfce").replace(b"false", b"f\xe4lse")
    lines.insert(3, b"")  # a blank line is no row
    batch.run(batch.put("a.csv", b"\xef\xbb\xbf" + b"\r\n".join(lines)))
    errors_ = output()["error"].to_list()
    assert [error and error.split(":")[0] for error in errors_] == [
        None, "line", None, "line", None, None,
    ]  # fmt: skip


def test_lines_that_are_no_objects_are_refused_by_themselves(predict: batch.Functions) -> None:
    rows = [json.dumps(row) for row in typed(world.rows(5))]
    rows[1] = "{"
    rows[2] = "[1]"
    rows[3] = json.dumps({**json.loads(rows[3]), "colour": "red"})
    batch.run(batch.put("a.jsonl", "\n".join(rows).encode()))
    errors_ = output()["error"].to_list()
    assert errors_[0] is None
    assert errors_[1] == "line: got JSONDecodeError, expected a JSON object"
    assert "an object of column: value" in errors_[2]
    assert errors_[3] == "colour: got an unknown field, expected only columns of loans"


@pytest.mark.parametrize(
    ("name", "body"),
    [("a.csv", b"loan_id,amount,active\n"), ("a.jsonl", b""), ("a.parquet", None)],
)
def test_no_rows_are_no_failure(predict: batch.Functions, name: str, body: bytes | None) -> None:
    if body is None:
        target = io.BytesIO()
        pl.DataFrame(schema={"amount": pl.Float64(), "active": pl.Boolean()}).write_parquet(target)
        body = target.getvalue()
    report = batch.run(batch.put(name, body))
    assert (report["rows_in"], report["rows_out"], report["refused_files"]) == (0, 0, 0)


def test_the_event_of_a_file_names_the_version_that_is_scored(predict: batch.Functions) -> None:
    """What is put under the same name meanwhile is another job."""
    batch.put("a.csv", world.to_csv(world.rows(10)))
    head = boto3.client("s3").head_object(Bucket=world.LAKE, Key="batch/loans/in/a.csv")
    batch.put("a.csv", world.to_csv(world.rows(20)))
    item = {"key": "batch/loans/in/a.csv", "version-id": head["VersionId"]}
    planned = batch.step("plan", request={"detail": {"object": item}})
    assert planned["rows"] == 10
    item = {"key": "batch/loans/in/folder/"}
    assert batch.step("plan", request={"detail": {"object": item}}) == {"action": "nothing"}


def test_a_job_needs_a_model_and_an_input_of_its_own(predict: batch.Functions) -> None:
    for uri in (f"s3://{world.LAKE}/raw/loans/a.csv", "s3://other/batch/loans/in/a.csv"):
        with pytest.raises(errors.NoInput, match="a key under batch/loans/in/"):
            batch.plan(uri)
    with pytest.raises(errors.NoInput, match="nothing there"):
        batch.plan(f"s3://{world.LAKE}/batch/loans/in/empty/")
    uri = batch.put("a.csv", world.to_csv(world.rows(10)))
    planned = batch.plan(uri)
    planned["job"]["version"] = "2"
    with pytest.raises(errors.NoModel, match="start the job again"):
        batch.score(planned, batch.parts(planned))
    key = {"pk": {"S": "champion#loans"}, "sk": {"S": "current"}}
    boto3.client("dynamodb").delete_item(TableName=world.TABLE, Key=key)
    with pytest.raises(errors.NoModel, match="no model has been released"):
        batch.plan(uri)


def test_another_model_is_another_job(predict: batch.Functions) -> None:
    uri = batch.put("a.csv", world.to_csv(world.rows(10)))
    before = batch.plan(uri)["job"]
    row = {"version": "4", "model_package_arn": "arn:8", "dataset_version": "d2"} | batch.ARTIFACT
    world.put_row("champion#loans", "current", **row)
    after = batch.plan(uri)["job"]
    assert before["id"] != after["id"]
    assert after["model_package"] == "arn:8"


def test_the_native_model_scores_and_each_part_holds_it_to_the_version(
    predict: batch.Functions,
) -> None:
    """A score within the tolerance is the native model's; near the threshold the version decides.

    One row stands so near to it that the native model would label it otherwise.
    """
    table, off = world.rows(3000), 4e-6
    table[1234] |= {"amount": 0.0, "active": "false"}  # the version says 0.5, which is a yes
    predict.off = -off
    batch.run(batch.put("a.csv", world.to_csv(table)))
    found, version = output(), expected(predict, table)
    apart = [v - s for v, s in zip(version, found["score"].to_list(), strict=True)]
    assert [i for i, by in enumerate(apart) if by < off / 2] == [1234]
    assert max(apart) == pytest.approx(off, rel=0.01)
    words = {True: "paid", False: "lost"}
    assert found["label"].to_list() == [words[score >= 0.5] for score in version]
    assert predict.asked["explain"] == [1000, 1000, 1000]
    assert predict.asked["predict"] == [256, 257, 256]


def test_a_native_model_that_scores_otherwise_fails_the_part_and_says_both_scores(
    predict: batch.Functions,
) -> None:
    planned = batch.plan(batch.put("a.csv", world.to_csv(world.rows(10))))
    predict.off = 2e-5
    with pytest.raises(errors.RuntimesDiffer, match=r"says 0\.\d{9} of a row, the version 0\.\d"):
        batch.score(planned, batch.parts(planned))
    assert world.keys(world.LAKE, OUT) == []
    predict.off = float("nan")
    with pytest.raises(errors.PredictFailed, match="a score that is no number"):
        batch.score(planned, batch.parts(planned))


def test_where_the_version_is_to_score_no_native_model_is_asked(
    predict: batch.Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EXPLAIN_FUNCTION", "")
    table = world.rows(1200)
    report = batch.run(batch.put("a.csv", world.to_csv(table)))
    assert report["runtime"] == "graph"
    assert predict.asked == {"predict": [1000, 200], "explain": []}
    found = [round(score, 9) for score in output()["score"].to_list()]
    assert found == expected(predict, table)


def test_a_model_that_refuses_what_the_deployed_contract_allows_waits_for_its_release(
    predict: batch.Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked again it would refuse again."""
    contract = predict.predictor.scorer.contract
    amount, *others = contract.columns
    narrow = dataclasses.replace(contract, columns=(dataclasses.replace(amount, max=0.0), *others))
    monkeypatch.setattr(predict.predictor.scorer, "contract", narrow)
    uri = batch.put("a.csv", world.to_csv(world.rows(10)))
    for function in ("explain", ""):
        monkeypatch.setenv("EXPLAIN_FUNCTION", function)
        planned = batch.plan(uri)
        with pytest.raises(errors.ContractsDiffer, match="amount"):
            batch.score(planned, batch.parts(planned))
