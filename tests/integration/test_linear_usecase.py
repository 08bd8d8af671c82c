"""A use case whose algorithm is linear, on the road: trained, evaluated, and explained."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import functions_world as world
import pytest
from moto import mock_aws

from functions.evaluate import handler as evaluate
from functions.explain import handler as explain
from infra.packaging import functions
from penstock import artifact, golden, spec_file
from penstock.explanation import TOLERANCE, probability

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "unit"))  # `trained` lives beside the unit tests

from trained import LINEAR, changed, trained  # noqa: E402  # the line above finds it

NAME = "churn"
HOLDOUT = f"prepared/{NAME}/v1/holdout/holdout.npz"


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[dict[str, str]]:
    """What names the artifact in the bucket, of a stack whose use case is linear."""
    home = changed(ROOT / "usecases" / NAME, tmp_path / "home", algorithm=json.loads(LINEAR))
    package = tmp_path / "package"
    for name, content in functions.usecase_files(
        spec_file.load(home / "usecase.yaml"), home
    ).items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else content.read_bytes()
        (package / name).write_bytes(data)
    made, model = trained(NAME, algorithm=LINEAR)
    packed = tmp_path / "model.tar.gz"
    sha256 = artifact.pack(model, packed)
    with mock_aws():
        world.build_aws(monkeypatch, package / "usecase", AUTO_APPROVE="true")
        s3, key = boto3.client("s3"), f"models/{NAME}/job-1/output/model.tar.gz"
        s3.put_object(Bucket=world.LAKE, Key=HOLDOUT, Body=made.holdout.read_bytes())
        put = s3.put_object(Bucket=world.ARTIFACTS, Key=key, Body=packed.read_bytes())
        yield {
            "artifact_uri": f"s3://{world.ARTIFACTS}/{key}",
            "artifact_version_id": put["VersionId"],
            "artifact_sha256": sha256,
        }


def test_it_passes_the_gates_of_evaluate(named: dict[str, str]) -> None:
    """Measured by the serving runtime on the holdout: quality, parity, golden requests."""
    prepared = {
        "dataset_version": "v1",
        "holdout_uri": f"s3://{world.LAKE}/{HOLDOUT}",
        "recent_uri": "",
        "recent_why": "the use case reads no labels",
        "trigger": "dataset",
        "reason": "some reason",
    }
    event = {
        "prepare": prepared,
        "training_job_name": "job-1",
        "model_artifact_uri": named["artifact_uri"],
    }
    said = evaluate.handler(event, world.CONTEXT)
    assert said["passed"] is True, said


def test_the_explain_function_explains_its_golden_answers(named: dict[str, str]) -> None:
    explain._deployed.cache_clear()
    for entry in golden.read(trained(NAME, algorithm=LINEAR)[1] / "golden.jsonl")[-3:]:
        scores = [p["score"] for p in entry["expected"]["predictions"]]
        asked: dict[str, Any] = {
            "model": named,
            "instances": entry["request"]["instances"],
            "scores": scores,
        }
        told = explain.handler(asked, world.CONTEXT)["explanations"]
        assert len(told) == len(scores)
        for found, score in zip(told, scores, strict=True):
            total = found["base_value"] + sum(found["contributions"].values())
            assert probability(total) == pytest.approx(score, abs=TOLERANCE)
            assert found["reasons"][0]["text"]
    explain._deployed.cache_clear()
