"""predict in an endpoint's container: what the stack packs, beside a real model, asked over HTTP.

The interpreter is the training job's, which stands for the image: it has the image's numpy and no
ONNX Runtime.
"""

import http.client
import json
import math
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.packaging import endpoint, wheels
from infra.packaging.target import named
from penstock import artifact, features, golden
from penstock.explanation import TOLERANCE, probability
from penstock.spec_file import load

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "unit"))  # `trained` lives beside the unit tests

from trained import LINEAR, PYTHON, trained  # noqa: E402  # the line above finds it

SERVER = ROOT / "localcloud" / "sagemaker" / "hosting" / "server.py"
FOLDER = ROOT / "usecases" / "churn"  # it has personal columns
USECASE = load(FOLDER / "usecase.yaml")
RELEASE = {"model_package_arn": "arn:package/7", "dataset_version": "d1", "hmac_key": "ab" * 32}
MODEL = "penstock-dev-churn-0a1b2c3d-261121120000"


@dataclass(frozen=True)
class Asked:
    port: int
    log: Path
    pid: int

    def __call__(self, body: bytes) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("POST", "/invocations", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.getheader("content-type") == "application/json"
        return answer.status, json.loads(answer.read())

    def has_loaded(self, library: str) -> bool:
        return library in Path(f"/proc/{self.pid}/maps").read_text()

    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line[:1] == "{"]


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """/opt/ml/model as a release packs it."""
    folder = tmp_path_factory.mktemp("model")
    with tarfile.open(endpoint.build(USECASE, FOLDER, named("host")).path) as packed:
        for member in packed:
            (folder / member.name).parent.mkdir(parents=True, exist_ok=True)
            taken = packed.extractfile(member)
            assert taken is not None
            (folder / member.name).write_bytes(taken.read())
    put(trained("churn")[1], folder)
    (folder / "release.json").write_text(json.dumps(RELEASE))
    return folder


def put(model: Path, folder: Path) -> None:
    for name in (*artifact.SERVED, artifact.native(model).name):
        shutil.copy(model / name, folder / name)


@contextmanager
def serving(disk: Path, log: Path, **more: str) -> Iterator[Asked]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {
        "PATH": os.environ["PATH"],
        "SAGEMAKER_BIND_TO_PORT": str(port),
        "SAGEMAKER_PROGRAM": "inference.py",
        "USECASE": USECASE.name,
        "ENVIRONMENT": "dev",
        "FEATURES_SHA256": features.sha256(FOLDER / "features.py"),
        "CAPTURE_RATE": "1",
        "ANSWER_BYTES": "4000",
        "MODEL_NAME": MODEL,
        **more,
    }
    words = [str(PYTHON), str(SERVER), str(disk / "code"), str(disk)]
    with log.open("wb") as out:
        process = subprocess.Popen(words, env=environment, stdout=out, stderr=out)
        try:
            _until_it_listens(process, port, log)
            yield Asked(port, log, process.pid)
        finally:
            process.kill()
            process.wait()


def _until_it_listens(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the container does not listen")


@pytest.fixture(scope="module")
def entries() -> list[golden.Entry]:
    return golden.read(trained("churn")[1] / "golden.jsonl")


@pytest.fixture(scope="module")
def asked(disk: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    with serving(disk, tmp_path_factory.mktemp("log") / "stdout") as up:
        yield up


def test_it_gives_the_golden_answers(asked: Asked, entries: list[golden.Entry]) -> None:
    """The ONNX Runtime that is packed and the image's numpy give what training expected."""
    for entry in entries:
        status, said = asked(json.dumps(entry["request"]).encode())
        assert status == 200
        assert [p["score"] for p in said["predictions"]] == pytest.approx(
            [p["score"] for p in entry["expected"]["predictions"]], abs=golden.TOLERANCE
        )
    package = {"model_package": "arn:package/7", "dataset_version": "d1"}
    assert said["model"] == {"version": MODEL, **package}


def test_columns_are_answered_like_objects(asked: Asked, entries: list[golden.Entry]) -> None:
    row = entries[0]["request"]["instances"][0]
    _, by_row = asked(json.dumps({"instances": [row]}).encode())
    _, by_column = asked(json.dumps({"columns": {k: [v] for k, v in row.items()}}).encode())
    assert by_column["predictions"][0]["score"] == by_row["predictions"][0]["score"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b'{"instances": [{"tenure": "long"}]}', "tenure"),
        (b'{"requestContext": {}, "body": "{}"}', ""),
        (b"no JSON", "body"),
        (b"\xff", "body"),
    ],
)
def test_a_wrong_request_is_a_400_that_says_what_is_wrong(
    asked: Asked, body: bytes, field: str
) -> None:
    """Not the 500 that the toolkit makes of an exception."""
    status, said = asked(body)
    assert status == said["error"]["status"] == 400
    assert field in {violation["field"] for violation in said["error"]["violations"]}


def test_an_answer_larger_than_sagemaker_carries_is_a_413(
    asked: Asked, entries: list[golden.Entry]
) -> None:
    row = entries[0]["request"]["instances"][0]
    status, said = asked(json.dumps({"instances": [row] * 60}).encode())
    assert status == said["error"]["status"] == 413


def test_the_records_are_lines_of_the_log(
    disk: Path, tmp_path: Path, entries: list[golden.Entry]
) -> None:
    """As the predict function's: by the SageMaker model, personal columns masked, refusals too."""
    personal = [c.name for c in USECASE.columns if c.personal]
    entry = entries[-1]
    with serving(disk, tmp_path / "log", ANSWER_BYTES="1000000") as up:
        _, said = up(json.dumps(entry["request"]).encode())
        up(b"{}")
        *records, refusal = up.records()
    assert [r["prediction_id"] for r in records] == [p["id"] for p in said["predictions"]]
    assert {r["function_version"] for r in records} == {MODEL}
    assert ["_aws" in r for r in records] == [True] + [False] * (len(records) - 1)
    assert personal
    for record, row in zip(records, entry["request"]["instances"], strict=True):
        assert record["row_id"] == row[USECASE.row_id]
        assert all(record[name] != row[name] or row[name] is None for name in personal)
    assert refusal["refused"] is True


def test_a_shadow_leaves_no_prediction(
    disk: Path, tmp_path: Path, entries: list[golden.Entry]
) -> None:
    """Its lines can be compared with the champion's, and neither lake nor metrics count them."""
    with serving(disk, tmp_path / "log", SHADOW="1") as up:
        up(json.dumps(entries[0]["request"]).encode())
        up(b"{}")
        records = up.records()
    assert len(records) == 2
    for record in records:
        assert not {"prediction_id", "_aws"} & record.keys()
        assert record["shadow_id"]
    assert records[0]["score"] == entries[0]["expected"]["predictions"][0]["score"]


def test_an_explanation_is_made_beside_the_model(
    disk: Path, tmp_path: Path, entries: list[golden.Entry]
) -> None:
    """Exact, in the use case's words, and of the image's XGBoost, which nobody else waits for."""
    rows = entries[-1]["request"]["instances"]
    with serving(disk, tmp_path / "log", ANSWER_BYTES="1000000") as up:
        _, plain = up(json.dumps({"instances": rows}).encode())
        assert not up.has_loaded("libxgboost")
        status, said = up(json.dumps({"instances": rows, "explain": True}).encode())
        assert up.has_loaded("libxgboost")
    assert status == 200
    assert_explained(said, plain)


@pytest.fixture
def linear(disk: Path, tmp_path: Path) -> Path:
    """The same of a linear model."""
    folder = shutil.copytree(disk, tmp_path / "linear")
    (folder / "model.ubj").unlink()
    put(trained("churn", algorithm=LINEAR)[1], folder)
    return folder


@pytest.fixture(scope="module")
def linear_entry() -> golden.Entry:
    return golden.read(trained("churn", algorithm=LINEAR)[1] / "golden.jsonl")[-1]


def test_a_linear_model_is_explained_without_xgboost(
    linear: Path, tmp_path: Path, linear_entry: golden.Entry
) -> None:
    with serving(linear, tmp_path / "log", ANSWER_BYTES="1000000") as up:
        _, plain = up(json.dumps(linear_entry["request"]).encode())
        _, said = up(json.dumps(linear_entry["request"] | {"explain": True}).encode())
        assert not up.has_loaded("libxgboost")
    assert_explained(said, plain)
    assert_expected(said, linear_entry)


def test_a_prediction_stands_whose_explanation_is_another_models(
    linear: Path, tmp_path: Path, linear_entry: golden.Entry
) -> None:
    """It does not add up: the caller is told, and the log has the whole of it."""
    native = json.loads((linear / "linear.json").read_text())
    (linear / "linear.json").write_text(json.dumps(native | {"intercept": 3.0}))
    with serving(linear, tmp_path / "log", ANSWER_BYTES="1000000") as up:
        status, said = up(json.dumps(linear_entry["request"] | {"explain": True}).encode())
        assert "Traceback" in up.log.read_text()
    assert status == 200
    assert_expected(said, linear_entry)
    for prediction in said["predictions"]:
        assert prediction["explanation"] is None
        assert prediction["explanation_error"].startswith("not explained: NotAdditive row 0")


def assert_expected(said: dict[str, Any], entry: golden.Entry) -> None:
    assert [p["score"] for p in said["predictions"]] == pytest.approx(
        [p["score"] for p in entry["expected"]["predictions"]], abs=golden.TOLERANCE
    )


def assert_explained(said: dict[str, Any], plain: dict[str, Any]) -> None:
    """Contributions that add up to the same scores, as the explain function's answers."""
    assert len(said["predictions"]) == len(plain["predictions"]) > 1
    for prediction, before in zip(said["predictions"], plain["predictions"], strict=True):
        assert prediction["score"] == before["score"]
        found = prediction["explanation"]
        assert set(found) == {"base_value", "contributions", "reasons"}
        total = found["base_value"] + math.fsum(found["contributions"].values())
        assert probability(total) == pytest.approx(prediction["score"], abs=TOLERANCE)
        assert any(found["contributions"].values())
        assert " the score by " in found["reasons"][0]["text"]


def test_what_the_toolkit_installs_is_the_script_alone(disk: Path, tmp_path: Path) -> None:
    """It says `pip install .` with these settings; a package of ours would be laid over another."""
    code = shutil.copytree(disk / "code", tmp_path / "code")
    # the image's pip builds apart by itself, an older one has to be told
    settings = wheels.PIP | {"PIP_FIND_LINKS": str(code / "wheels"), "PIP_USE_PEP517": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "-w", str(tmp_path / "built"), "."],
        cwd=code,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (built,) = (tmp_path / "built").glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        names = [n for n in archive.namelist() if ".dist-info/" not in n]
    assert names == ["inference.py"]


def test_the_image_keeps_its_own_protobuf_and_numpy() -> None:
    """Another protobuf breaks the image's server; it has imported numpy before us."""
    for platform in ("host", "lambda"):
        with tarfile.open(endpoint.build(USECASE, FOLDER, named(platform)).path) as packed:
            names = packed.getnames()
        tops = {name.split("/")[1] for name in names if name.startswith("libraries/")}
        assert {top.split("-")[0] for top in tops} == {"onnxruntime"}
        assert "code/requirements.txt" not in names
        binaries = [name for name in names if "pybind11_state" in name]
        tag = "cpython-312" if platform == "lambda" else f"cpython-3{sys.version_info.minor}"
        assert all(tag in name or "abi3" in name or name.endswith("state.so") for name in binaries)
        assert binaries
