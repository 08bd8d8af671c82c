"""An artifact is measured with the serving runtime, judged against gates and champion."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import functions_world as world
import numpy as np
import polars as pl
import pytest
from moto import mock_aws

from functions.evaluate import handler as evaluate
from functions.prepare import build
from functions.shared.artifacts import ArtifactRefused
from penstock import artifact, bins
from penstock.errors import PenstockError
from penstock.ks import gaps
from penstock.mending import Mending
from penstock.scorer import Scorer

HOLDOUT = f"prepared/{world.NAME}/v1/holdout/holdout.npz"


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    with mock_aws():
        folder = world.write_usecase(tmp_path / "usecase")
        world.build_aws(monkeypatch, folder, AUTO_APPROVE="true")
        put_rows()
        yield folder


def put_rows(key: str = HOLDOUT, table: list[dict[str, Any]] | None = None) -> str:
    """As prepare writes them; their URI."""
    table = table or world.rows(300, start=5000)
    frame = pl.DataFrame(
        {
            "loan_id": [r["loan_id"] for r in table],
            "amount": [r["amount"] for r in table],
            "age": [None if r["age"] == "" else float(r["age"]) for r in table],
            "plan": [r["plan"] or None for r in table],
            "active": [float(r["active"] == "true") for r in table],
            "outcome": [r["outcome"] for r in table],
        }
    )
    body = build.to_npz(frame, world.usecase().contract())
    boto3.client("s3").put_object(Bucket=world.LAKE, Key=key, Body=body)
    return f"s3://{world.LAKE}/{key}"


def upload(packed: Path, job: str) -> dict[str, str]:
    """Put an artifact where training puts it; what names it."""
    key = f"models/{world.NAME}/{job}/output/model.tar.gz"
    put = boto3.client("s3").put_object(Bucket=world.ARTIFACTS, Key=key, Body=packed.read_bytes())
    return {
        "artifact_uri": f"s3://{world.ARTIFACTS}/{key}",
        "artifact_version_id": put["VersionId"],
        "artifact_sha256": artifact.sha256(packed),
    }


def run(uri: str, job: str = "job-1", trigger: str = "dataset", recent: str = "") -> dict[str, Any]:
    prepared = {
        "dataset_version": "v1",
        "holdout_uri": f"s3://{world.LAKE}/{HOLDOUT}",
        "recent_uri": recent,
        "recent_why": "the use case reads no labels",
        "trigger": trigger,
        "reason": "some reason",
    }
    event = {"prepare": prepared, "training_job_name": job, "model_artifact_uri": uri}
    return evaluate.handler(event, world.CONTEXT)


def crown(named: dict[str, str], version: str = "4") -> None:
    row = {"version": version, "training_job": "job-0", **named}
    world.put_row(f"champion#{world.NAME}", "current", **row)


def written(out: dict[str, Any], name: str) -> Any:
    bucket, key = out[f"{name}_uri"].removeprefix("s3://").split("/", 1)
    assert key == f"evaluations/{world.NAME}/job-1/{name}.json"
    return world.read_json(bucket, key)


def test_a_good_candidate_passes_and_everything_is_written_down(tmp_path: Path) -> None:
    packed = world.make_artifact(tmp_path / "model")
    named = upload(packed, "job-1")
    out = run(named["artifact_uri"])
    assert out["passed"] is True
    assert out["approval"] == "Approved"
    assert named.items() <= out.items()
    assert all(type(value) is str for value in out["metrics"].values())
    metrics = written(out, "metrics")
    assert metrics["holdout"]["rows"] == 300
    assert 0.8 < metrics["metrics"]["roc_auc"] < 1
    assert metrics["metrics"]["parity_over_tolerance"] == 0
    assert metrics["champion"] is None
    gates = written(out, "gates")
    assert [g["metric"] for g in gates["gates"]] == ["roc_auc", "parity_max_abs", "golden_failures"]
    assert gates["gates"][0]["reason"] == "passed, no champion yet"
    trained_on = json.loads((tmp_path / "model/baseline.json").read_text())
    assert written(out, "baseline")["columns"] == trained_on["columns"]
    assert len(out["description"]) <= 1024


def test_the_scores_to_watch_are_those_of_rows_that_were_not_trained_on(tmp_path: Path) -> None:
    """A model is surer of its training rows: against them unchanged traffic would look drifted."""
    folder = tmp_path / "model"
    packed = world.make_artifact(folder)
    table = json.loads((folder / "baseline.json").read_text())
    table["score"] = {"kind": "numeric", "edges": [0.5], "fractions": [1.0, 0.0], "missing": 0.0}
    (folder / "baseline.json").write_text(json.dumps(table))
    artifact.pack(folder, packed)
    score = written(run(upload(packed, "job-1")["artifact_uri"]), "baseline")["score"]
    p = Scorer(folder).score(world.columns(world.rows(300, start=5000)))
    assert bins.fractions(score, p) == pytest.approx(bins.expected(score))


def test_a_backward_model_is_rejected_with_the_gate_named(tmp_path: Path) -> None:
    named = upload(world.make_artifact(tmp_path / "model", weight=-2.0), "job-1")
    out = run(named["artifact_uri"])
    assert (out["passed"], out["approval"]) == (False, "Rejected")
    assert "roc_auc" in written(out, "gates")["note"]


def test_production_approves_by_hand(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AUTO_APPROVE", "false")
    out = run(upload(world.make_artifact(tmp_path / "model"), "job-1")["artifact_uri"])
    assert (out["passed"], out["approval"]) == (True, "PendingManualApproval")


def test_a_candidate_worse_than_the_champion_is_rejected(tmp_path: Path) -> None:
    """The candidate keeps the absolute limit; only the comparison on the same rows stops it."""
    crown(upload(world.make_artifact(tmp_path / "champion", weight=2.0), "job-0"))
    named = upload(world.make_artifact(tmp_path / "model", weight=0.03), "job-1")
    out = run(named["artifact_uri"])
    assert out["approval"] == "Rejected"
    (gate, *_) = written(out, "gates")["gates"]
    assert gate["value"] > 0.6
    assert "worse than the champion's" in gate["reason"]
    assert written(out, "metrics")["champion"]["version"] == "4"


def test_the_champion_is_read_by_its_version_not_the_newest(tmp_path: Path) -> None:
    champion = upload(world.make_artifact(tmp_path / "champion"), "job-0")
    upload(world.make_artifact(tmp_path / "other", weight=-2.0), "job-0")
    crown(champion)
    named = upload(world.make_artifact(tmp_path / "model"), "job-1")
    out = run(named["artifact_uri"])
    assert written(out, "metrics")["champion"]["metrics"]["roc_auc"] > 0.8


def test_a_champion_of_other_bytes_than_were_released_is_refused(tmp_path: Path) -> None:
    champion = upload(world.make_artifact(tmp_path / "champion"), "job-0")
    crown(champion | {"artifact_sha256": "0" * 64})
    named = upload(world.make_artifact(tmp_path / "model"), "job-1")
    with pytest.raises(ArtifactRefused, match="expected 000000000000"):
        run(named["artifact_uri"])


def test_a_champion_with_older_features_is_still_measured(tmp_path: Path) -> None:
    older = "# older\n" + world.FEATURES
    crown(upload(world.make_artifact(tmp_path / "champion", features=older), "job-0"))
    named = upload(world.make_artifact(tmp_path / "model"), "job-1")
    assert run(named["artifact_uri"])["approval"] == "Approved"


def test_a_champion_that_reads_columns_that_are_gone_leaves_it_to_a_person(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    crown(upload(world.make_artifact(tmp_path / "champion"), "job-0"))
    fewer = [c for c in world.RAW["columns"] if c["name"] != "age"]
    monkeypatch.setitem(world.RAW, "columns", fewer)
    world.write_usecase(tmp_path / "usecase")
    named = upload(world.make_artifact(tmp_path / "model"), "job-1")
    out = run(named["artifact_uri"])
    assert (out["passed"], out["approval"]) == (True, "PendingManualApproval")
    assert "columns that are gone: ['age']" in out["description"]


def test_features_that_the_stack_does_not_name_are_never_run(tmp_path: Path) -> None:
    """Code that comes with a model runs in this function's role."""
    mark = tmp_path / "ran"
    packed = world.make_artifact(tmp_path / "model", features=world.FEATURES + "#")
    evil = f"import pathlib\npathlib.Path({str(mark)!r}).write_text('ran')\n" + world.FEATURES
    (tmp_path / "model/features.py").write_text(evil)
    artifact.pack(tmp_path / "model", packed)
    with pytest.raises(PenstockError, match="the deployed use case's"):
        run(upload(packed, "job-1")["artifact_uri"])
    assert not mark.exists()


def test_a_model_of_another_contract_is_refused(folder: Path, tmp_path: Path) -> None:
    named = upload(world.make_artifact(tmp_path / "model"), "job-1")
    world.write_usecase(folder, serving={"threshold": 0.4})
    with pytest.raises(ArtifactRefused, match="under another contract"):
        run(named["artifact_uri"])


def test_an_artifact_from_elsewhere_is_refused() -> None:
    with pytest.raises(ArtifactRefused, match="from elsewhere"):
        run(f"s3://{world.LAKE}/raw/{world.NAME}/model.tar.gz")


def test_golden_answers_that_are_off_close_their_gate(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    packed = world.make_artifact(folder)
    lines = (folder / "golden.jsonl").read_text().splitlines()
    entry = json.loads(lines[0])
    entry["expected"]["predictions"][0]["score"] += 0.01
    (folder / "golden.jsonl").write_text("\n".join([json.dumps(entry), *lines[1:]]) + "\n")
    artifact.pack(folder, packed)
    out = run(upload(packed, "job-1")["artifact_uri"])
    assert out["approval"] == "Rejected"
    assert written(out, "metrics")["metrics"]["golden_failures"] == 1
    assert len(written(out, "metrics")["golden"]) == 1


def test_no_golden_request_at_all_closes_the_gate_too(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    packed = world.make_artifact(folder)
    (folder / "golden.jsonl").write_text("")
    artifact.pack(folder, packed)
    assert run(upload(packed, "job-1")["artifact_uri"])["approval"] == "Rejected"


def test_the_hand_written_graph_is_the_model_it_says(tmp_path: Path) -> None:
    """The other tests stand on it."""
    world.make_artifact(tmp_path / "model")
    table = world.rows(5)
    got = Scorer(tmp_path / "model").score(world.columns(table))
    z = np.array([2.0 * r["amount"] + 0.1 * (r["active"] == "true") for r in table])
    np.testing.assert_allclose(got, 1 / (1 + np.exp(-z)), atol=1e-6)


def against(
    tmp_path: Path, champion: float, candidate: float, trigger: str, recent: str = ""
) -> tuple[dict[str, Any], Any]:
    """A candidate of this weight against a champion of that one: evaluate's answer, `recent`."""
    live = upload(world.make_artifact(tmp_path / "champion", weight=champion), "job-0")
    identity = artifact.identity(tmp_path / "champion")
    crown(live | {"model_sha256": identity})
    named = upload(world.make_artifact(tmp_path / "model", weight=candidate), "job-1")
    out = run(named["artifact_uri"], trigger=trigger, recent=recent)
    return out, written(out, "gates")["recent"]


@pytest.mark.parametrize(
    ("trigger", "approval", "outcome"),
    [
        ("drift", "Rejected", "no better"),
        ("schedule", "Rejected", "no better"),
        ("labels", "Rejected", "no better"),
        ("dataset", "Approved", "passed"),
        ("manual", "Approved", "passed"),
    ],
)
def test_a_training_that_nobody_asked_for_has_to_beat_the_champion(
    tmp_path: Path, trigger: str, approval: str, outcome: str
) -> None:
    out, recent = against(tmp_path, 2.0, 1.98, trigger)
    assert (out["approval"], recent["outcome"]) == (approval, outcome)
    assert recent["rows"] == "the holdout (the use case reads no labels)"
    assert "Trained for: some reason" in out["description"]


def test_a_retraining_that_is_better_beyond_chance_is_approved(tmp_path: Path) -> None:
    out, recent = against(tmp_path, 0.03, 2.0, "drift")
    assert (out["approval"], recent["outcome"]) == ("Approved", "passed")
    assert recent["gains"]["roc_auc"]["better"] is True
    assert {"trigger": "drift", "reason": "some reason"}.items() <= out.items()


def test_what_is_worse_on_the_newest_labelled_answers_is_rejected_whoever_asked(
    tmp_path: Path,
) -> None:
    """On the holdout it is the better one; since then the world has turned."""
    turned = [
        row | {"outcome": "lost" if row["outcome"] == "paid" else "paid"}
        for row in world.rows(200, start=9000)
    ]
    uri = put_rows("prepared/recent.npz", turned)
    out, recent = against(tmp_path, 0.03, 2.0, "manual", uri)
    assert (out["passed"], out["approval"], recent["outcome"]) == (False, "Rejected", "worse")
    assert all(gate["passed"] for gate in written(out, "gates")["gates"])
    assert "worse than the champion on the use case reads no labels" in out["description"]


def test_the_champions_own_model_again_is_neither_a_gain_nor_a_failure(tmp_path: Path) -> None:
    out, recent = against(tmp_path, 2.0, 2.0, "drift")
    assert (out["approval"], recent) == ("Approved", None)


@pytest.mark.parametrize(("trigger", "approval"), [("drift", "PendingManualApproval"),
                                                   ("manual", "Approved")])  # fmt: skip
def test_where_too_few_labels_tell_a_person_decides_of_what_nobody_asked_for(
    tmp_path: Path, trigger: str, approval: str
) -> None:
    uri = put_rows("prepared/recent.npz", world.rows(30, start=9000))
    out, recent = against(tmp_path, 0.03, 2.0, trigger, uri)
    assert (out["approval"], recent["outcome"]) == (approval, "unknown")


def test_what_beats_the_champion_on_labelled_answers_says_how_far_its_scores_lie_from_it(
    tmp_path: Path,
) -> None:
    """Of these very two models, so that a release may expect it; the package says so."""
    uri = put_rows("prepared/recent.npz", world.rows(400, start=9000))
    out, recent = against(tmp_path, 0.03, 2.0, "drift", uri)
    found = Mending.parse(out["expected_shift"])
    assert found is not None
    assert found.of == artifact.identity(tmp_path / "champion")
    seen = world.columns(world.rows(400, start=9000))
    theirs, ours = (Scorer(tmp_path / name).score(seen) for name in ("champion", "model"))
    up, down = gaps(theirs.tolist(), ours.tolist())
    assert (found.up, found.down) == pytest.approx((up, down), abs=1e-4)
    assert found.up > 0.3
    assert recent["mends"]["labels"] == pytest.approx(np.mean((theirs >= 0.5) != (ours >= 0.5)))


@pytest.mark.parametrize(("champion", "candidate"), [(2.0, 1.98), (2.0, 2.0)])
def test_what_is_no_better_promises_no_shift(
    tmp_path: Path, champion: float, candidate: float
) -> None:
    uri = put_rows("prepared/recent.npz", world.rows(400, start=9000))
    assert against(tmp_path, champion, candidate, "manual", uri)[0]["expected_shift"] == "none"


def test_a_gain_on_the_holdout_promises_no_shift(tmp_path: Path) -> None:
    """The holdout may be of a world that nobody asks about any more."""
    out, recent = against(tmp_path, 0.03, 2.0, "drift")
    assert (recent["outcome"], out["expected_shift"]) == ("passed", "none")
