"""A real model on the road: what training made, packaged by the release, answers in predict."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from functions.release import package
from penstock import artifact, golden

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "unit"))  # `trained` lives beside the unit tests

from trained import trained  # noqa: E402  # the line above finds it

ASK = """
import json, sys
from types import SimpleNamespace
from functions.predict.handler import handler
arn = "arn:aws:lambda:us-east-1:123456789012:function:predict:live"
context = SimpleNamespace(invoked_function_arn=arn, function_version="2")
for line in open(sys.argv[1]):
    print("ANSWER", json.dumps(handler(json.loads(line)["request"], context)))
print("MODULES", json.dumps(sorted({m.split(".")[0] for m in sys.modules})))
"""


@pytest.fixture(scope="module", params=["triage", "churn"])
def answered(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[dict[str, Any]], list[str]]:
    """Golden entries, and what a process that has only the package printed when asked them."""
    folder = tmp_path_factory.mktemp(request.param)
    _, model_dir = trained(request.param)
    artifact.pack(model_dir, folder / "model.tar.gz")
    unpacked = artifact.unpack(folder / "model.tar.gz", folder / "artifact")
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        for part in ("penstock", "functions"):
            for path in sorted((ROOT / part).rglob("*.py")):
                archive.write(path, path.relative_to(ROOT))
    said = {"model_package_arn": "arn:package/1", "dataset_version": "d1"}
    data = package.compose(code.getvalue(), unpacked, {"release.json": json.dumps(said).encode()})
    root = folder / "task"
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        archive.extractall(root)
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(unpacked / "golden.jsonl")],
        cwd=root,
        env={
            "PYTHONPATH": str(root), "LAMBDA_TASK_ROOT": str(root), "USECASE": request.param,
            "ENVIRONMENT": "dev", "CAPTURE_RATE": "1",
            "FEATURES_SHA256": artifact.sha256(model_dir / "features.py"),
        },
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return golden.read(unpacked / "golden.jsonl"), done.stdout.splitlines()


def test_the_packaged_model_gives_its_golden_answers(
    answered: tuple[list[dict[str, Any]], list[str]],
) -> None:
    entries, printed = answered
    answers = [json.loads(line.removeprefix("ANSWER ")) for line in printed if "ANSWER" in line]
    assert len(answers) == len(entries) > 0
    for entry, answer in zip(entries, answers, strict=True):
        expected = entry["expected"]["predictions"]
        got = answer["predictions"]
        assert [p["score"] for p in got] == pytest.approx(
            [p["score"] for p in expected], abs=golden.TOLERANCE
        )
        assert [p["label"] for p in got] == [p["label"] for p in expected]


def test_every_answer_leaves_its_records_and_no_other_line(
    answered: tuple[list[dict[str, Any]], list[str]],
) -> None:
    entries, printed = answered
    ids = [json.loads(line)["prediction_id"] for line in printed if line.startswith("{")]
    told = [
        p["id"]
        for line in printed
        if line.startswith("ANSWER ")
        for p in json.loads(line.removeprefix("ANSWER "))["predictions"]
    ]
    assert ids == told
    assert len(ids) == sum(len(e["request"]["instances"]) for e in entries)
    assert all(line.startswith(("{", "ANSWER ", "MODULES ")) for line in printed)


def test_answering_imports_nothing_of_weight(
    answered: tuple[list[dict[str, Any]], list[str]],
) -> None:
    modules = set(json.loads(answered[1][-1].removeprefix("MODULES ")))
    heavy = {"boto3", "pydantic", "aws_lambda_powertools", "pandas", "polars", "sklearn", "yaml"}
    assert not modules & heavy
