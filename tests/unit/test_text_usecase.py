"""A use case whose rows have free texts goes the whole road: file, training, request, monitor."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml
from monitor_world import CHAMPION, NOW, SINCE, USECASE, WINDOW
from trained import laid_out

from functions.evaluate import measure
from functions.evaluate.measure import Holdout
from functions.ingest.validate import Verdict, validate
from functions.monitor import page, reading, reference, report, scan
from functions.monitor.query import Wanted
from functions.monitor.seen import Report, Seen
from functions.predict.capture import Capture
from functions.predict.predictor import Predictor
from functions.prepare import build
from penstock import baseline, golden
from penstock.contract import Contract
from penstock.scorer import Scorer
from penstock.spec_file import load

SPEC: dict[str, Any] = {
    "name": "desk",
    "owner": "desk@example.com",
    "description": "Which messages to the desk are urgent.",
    "problem": "binary",
    "target": {"column": "urgent", "positive": "yes", "negative": "no"},
    "row_id": "ticket",
    "columns": [
        {"name": "message", "type": "text", "max_length": 300, "description": "as it came"},
        {"name": "diary", "type": "text", "max_length": 200, "nullable": True, "personal": True},
        {"name": "plan", "type": "category", "values": ["free", "paid"]},
    ],
    "derived": {"words": "how many words the message has", "shouts": "the message has a !"},
    "algorithm": {"name": "xgboost", "rounds": 12, "parameters": {"max_depth": 2}},
    "gates": [{"metric": "roc_auc", "min": 0.6}],
    "budget": {"monthly_usd": 5},
}
FEATURES = '''
import numpy as np
from penstock import text


def features(columns):
    """Numbers of a text; the text itself goes along and is left out."""
    messages = columns["message"].tolist()
    return dict(columns) | {
        "words": text.lengths(messages),
        "shouts": np.array([float("!" in message) for message in messages]),
    }
'''
WORDS = ("card", "lost", "please", "help", "bill", "now", "my", "refund", "👍", "שלום")
COMMON = np.array([0.5, 0.3, 0.4, 0.3, 0.2, 0.3, 0.6, 0.05, 0.1, 0.05])


def rows(n: int, seed: int = 1, shares: Any = COMMON) -> list[dict[str, str]]:
    rng = np.random.default_rng(seed)
    made = []
    for i in range(n):
        urgent = rng.random() < 0.4
        held = [w for w, share in zip(WORDS, shares, strict=True) if rng.random() < share]
        mark = "!" if rng.random() < (0.8 if urgent else 0.1) else ","
        made.append(
            {
                "ticket": f"t{seed}-{i}",
                "message": f" {mark} ".join([*held, "ok"]) + mark,
                "diary": "" if i % 3 else f"dear diary {i}",
                "plan": "free" if i % 2 else "paid",
                "urgent": "yes" if urgent else "no",
            }
        )
    return made


def judge(table: list[dict[str, str]], contract: Contract) -> Verdict:
    body = io.StringIO()
    writer = csv.DictWriter(body, list(table[0]))
    writer.writeheader()
    writer.writerows(table)
    return validate(body.getvalue().encode(), contract, None, where="the test")


@pytest.fixture(scope="module")
def road(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """From a CSV file to an artifact, as ingest, prepare and train would do it."""
    folder = tmp_path_factory.mktemp("desk")
    home = folder / "home"
    home.mkdir()
    (home / "usecase.yaml").write_text(yaml.safe_dump(SPEC, sort_keys=False, allow_unicode=True))
    (home / "features.py").write_text(FEATURES)
    contract = load(home / "usecase.yaml").contract()
    long = rows(1, 2)[0] | {"message": "x" * 100_000}
    verdict = judge([*rows(900), long], contract)
    accepted = build.merge({"a": _parquet(verdict.accepted)}, contract)
    sides = build.split(accepted, contract, validation=0.2, holdout=0.2, where="the test")
    inputs = laid_out(home, sides, folder / "job")
    ran = inputs.run(folder / "model")
    assert ran.returncode == 0, ran.stderr
    made = {"contract": contract, "verdict": verdict, "job": inputs, "said": ran.stdout}
    return SimpleNamespace(**made, model=folder / "model", scorer=Scorer(folder / "model"))


def _parquet(frame: pl.DataFrame) -> bytes:
    body = io.BytesIO()
    frame.write_parquet(body)
    return body.getvalue()


def test_a_file_gives_its_texts_as_they_are_and_sets_the_long_one_aside(
    road: SimpleNamespace,
) -> None:
    assert road.verdict.accepted["message"].to_list() == [row["message"] for row in rows(900)]
    assert road.verdict.reasons == {"message: expected a text of 1 to 300 characters": 1}
    assert len(road.verdict.rejected["reject_reason"][0]) < 100


def test_the_model_sees_what_features_make_of_a_text_and_never_the_text(
    road: SimpleNamespace,
) -> None:
    encoding = road.scorer.encoding
    assert encoding.numeric == ("shouts", "words")
    assert encoding.categorical == ("plan",)
    importance = json.loads((road.model / "baseline.json").read_text())["importance"]
    assert importance["message"] > 0.5
    assert importance["diary"] == 0


def test_a_text_that_no_feature_is_made_of_is_told_of(road: SimpleNamespace) -> None:
    """In the job's log, in the lineage and in the card."""
    assert "the model does not see diary: features.py makes no feature of this text" in road.said
    assert json.loads((road.model / "lineage.json").read_text())["unread_texts"] == ["diary"]
    card = (road.model / "card.md").read_text()
    assert "The model does not see `diary`: no feature is made of free text by itself." in card
    assert "| message | text |  | a text of at most 300 characters | as it came |" in card


def test_golden_requests_hold_words_of_the_vocabulary_and_nobodys_text(
    road: SimpleNamespace,
) -> None:
    entries = golden.read(road.model / "golden.jsonl")
    assert golden.failures(entries, road.scorer) == []
    asked = [row for entry in entries for row in entry["request"]["instances"]]
    known = {*WORDS, "ok"}
    assert all(set(row["message"].split()) <= known for row in asked)
    assert {row["diary"] for row in asked} >= {None}
    assert not any("dear" in (row["diary"] or "") for row in asked)
    assert len({row["message"] for row in asked}) > 10


def test_the_holdout_scores_as_its_rows_one_by_one(road: SimpleNamespace) -> None:
    data = road.job.holdout.read_bytes()
    holdout = Holdout.read(data, road.contract, where="the test")
    assert measure.parity(road.scorer, holdout)["parity_over_tolerance"] == 0
    assert measure.quality(road.scorer, holdout)["roc_auc"] > 0.75


def answered(road: SimpleNamespace, table: list[dict[str, str]]) -> tuple[Any, list[Any]]:
    lines: list[str] = []
    model = {"version": "4", "model_package": "champion", "dataset_version": "d"}
    capture = Capture(road.contract, "dev", 1.0, model, b"key")
    predictor = Predictor(road.scorer, capture, model, write=lines.append)
    arn = "arn:aws:lambda:us-east-1:123456789012:function:predict:live"
    context = SimpleNamespace(invoked_function_arn=arn, function_version="4")
    asked = [{c.name: row[c.name] or None for c in road.contract.columns} for row in table]
    found = predictor.answer({"instances": asked}, context)
    return found, [json.loads(line) for line in "".join(lines).splitlines()]


def test_a_request_is_answered_recorded_and_a_person_masked(road: SimpleNamespace) -> None:
    table = rows(6, 5)
    found, records = answered(road, table)
    assert len(found["predictions"]) == 6
    assert [r["message"] for r in records] == [row["message"] for row in table]
    assert all(r["diary"] is None or len(r["diary"].split(".")[0]) == 32 for r in records)
    assert records[0]["diary"].endswith(f".{len(table[0]['diary'])}")
    refused, _ = answered(road, [table[0] | {"message": "x" * 301}])
    (broken,) = refused["error"]["violations"]
    assert (broken["field"], broken["got"]) == ("message", "301 characters")
    assert broken["expected"] == "a text of 1 to 300 characters"


def look(road: SimpleNamespace, table: list[dict[str, str]], folder: Path) -> Report:
    """A look at the records of these rows' answers."""
    _, records = answered(road, table)
    stamp = {"prediction_time": "2026-11-20T11:00:00.123+00:00"}
    names = ("prediction_id", "model_package", "refused", "reason", "score")
    kept = [c.name for c in road.contract.columns]
    frame = pl.DataFrame([{n: r.get(n) for n in (*names, *kept)} | stamp for r in records],
                         infer_schema_length=None)  # fmt: skip
    frame.with_columns(pl.col("reason").cast(pl.String)).write_parquet(folder / "a.parquet")
    trained = json.loads((road.model / "baseline.json").read_text())
    holdout = Holdout.read(road.job.holdout.read_bytes(), road.contract, where="the test")
    scores = road.scorer.score(holdout.columns)
    known = baseline.on_unseen(trained, holdout.columns, scores)
    compared = reference.read(known, road.contract, "s3://a/baseline.json")
    limits = scan.ranges(road.contract)
    read = reading.read(
        [folder / "a.parquet"], Wanted(compared.fields, limits, WINDOW, (), compared.texts)
    )
    deployed = replace(USECASE, contract=road.contract)
    return report.make(Seen(deployed, "dev", CHAMPION, SINCE, NOW, compared, read))


def test_the_same_kind_of_texts_is_no_drift_and_a_new_topic_is(
    road: SimpleNamespace, tmp_path: Path
) -> None:
    quiet = look(road, rows(400, 6), tmp_path)
    assert (quiet["drifted"], quiet["troubles"]) == ([], [])
    more = COMMON + np.eye(len(WORDS))[7] * 0.35
    moved = look(road, rows(400, 7, more), tmp_path)
    assert "message, vocabulary" in moved["drifted"]
    assert "refund" in moved["columns"]["message, vocabulary"]["why"]
    assert "refund" in page.render(moved)
