"""The whole road, as a person sees it: `penstock demo`, and what it leaves behind."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import localcloud
from benchmarks.ablation import beginning, coverage
from cli import paths
from cli.children import Children
from cli.demo.summary import SERVED

ROOT = Path(__file__).resolve().parent.parent.parent
DEMO = ROOT / ".penstock" / "demo"
BESIDE = ROOT.parent / "shared" / "data"
# Use cases, and how each is served.
SHORT, LONG = {"triage": "lambda", "churn": "lambda"}, {"triage": "endpoint"}
LIVES = LONG if "PENSTOCK_LONG" in os.environ else SHORT
# Allowed, and let through nowhere here, with the reason.
NEVER_USED = {
    f"{machine}: xray:{action}": "the local cloud traces no state machine"
    for machine in ("Release", "Train")
    for action in (
        "GetSamplingRules", "GetSamplingTargets", "PutTelemetryRecords", "PutTraceSegments",
    )
}  # fmt: skip


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "cli", *words]


def environment() -> dict[str, str]:
    """A free port, so that a cloud of the developer's own is left in peace; data if there is."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    own = {**os.environ, "PENSTOCK_PORT": str(port)}
    if "PENSTOCK_DATA" not in own and BESIDE.is_dir():
        own["PENSTOCK_DATA"] = str(BESIDE)
    return own


@pytest.fixture(scope="module", params=LIVES)
def told(request: pytest.FixtureRequest) -> dict[str, Any]:
    """One run of the demo: its output, its code, its summary, its page."""
    for name in ("summary.json", "report.html"):
        (DEMO / name).unlink(missing_ok=True)
    began = time.monotonic()
    usecase, mode = request.param, LIVES[request.param]
    given = environment()
    keep = ["--keep"] if (usecase, mode) == ("triage", "lambda") else []
    try:
        done = subprocess.run(
            command("demo", usecase, "--mode", mode, *keep),
            cwd=ROOT, env=given, capture_output=True, text=True,
        )  # fmt: skip
        output = done.stdout + done.stderr
        assert done.returncode == 0, output[-4000:]
        seconds = time.monotonic() - began
        unused = unused_after(usecase) if keep else None
    finally:
        localcloud.stop(paths.CLOUD)
    return {
        "usecase": usecase,
        "mode": mode,
        "output": output,
        "seconds": seconds,
        "unused": unused,
        "summary": json.loads((DEMO / "summary.json").read_text()),
        "page": (DEMO / "report.html").read_text(),
        "port": int(given["PENSTOCK_PORT"]),
        "real": "PENSTOCK_DATA" in given,
    }


def unused_after(usecase: str) -> set[str]:
    """What the roles may and neither the demo nor the rest of the road needed."""
    with Children() as children:
        return coverage.unused(beginning.deployed(children, usecase, paths.CLOUD, port=0))


def test_every_action_of_every_statement_is_used(told: dict[str, Any]) -> None:
    """No role may more than the road takes; the whole ablation is benchmarks/ablation."""
    if told["unused"] is None:
        pytest.skip("one use case is enough: the roles are the same code's")
    assert told["unused"] == set(NEVER_USED)


def test_everything_that_was_expected_happened(told: dict[str, Any]) -> None:
    """The demo checks itself; here it is held to having checked enough."""
    expectations = told["summary"]["expectations"]
    assert all(expectation["held"] for expectation in expectations)
    assert len(expectations) >= 14
    assert told["summary"]["ok"] is True


def test_rows_are_ingested_and_broken_ones_set_aside(told: dict[str, Any]) -> None:
    summary = told["summary"]
    assert summary["usecase"] == told["usecase"]
    assert summary["rows_ingested"] > 500
    assert summary["rows_rejected"] >= 5
    assert len(summary["dataset_version"]) == 16


def test_the_model_passed_its_gates(told: dict[str, Any]) -> None:
    summary = told["summary"]
    assert summary["gates_passed"] is True
    assert summary["metrics"]["roc_auc"] > 0.8
    assert ":model-package/" in summary["model_package_arn"]


def test_two_models_went_up_and_the_bad_one_came_back(told: dict[str, Any]) -> None:
    """All at once, by a canary, and a canary that was called back: three versions."""
    releases = told["summary"]["releases"][:3]
    assert [r["result"] for r in releases] == ["promoted", "promoted", "rolled_back"]
    assert [r["percent_steps"] for r in releases] == [[100], [10, 100], [10, 0]]
    assert len({r["version"] for r in releases}) == 3


def test_nobody_was_left_without_an_answer(told: dict[str, Any]) -> None:
    asked = told["summary"]["predict"]
    assert asked["requests"] > 500
    assert asked["errors"] == 0
    assert 0 < asked["p50_ms"] <= asked["p99_ms"] < 2000


def test_drift_sounded_and_began_a_retraining(told: dict[str, Any]) -> None:
    assert told["summary"]["drift"] == {"alarm_state": "ALARM", "retraining_started": True}


def test_it_says_where_the_time_went(told: dict[str, Any]) -> None:
    """How long it may take is a benchmark's question: a test machine may be busy."""
    seconds = told["summary"]["seconds"]
    assert {"total", "deploy", "train"} <= set(seconds)
    assert 0 < seconds["deploy"] < seconds["total"] <= told["seconds"]


def test_synthetic_data_is_called_so_and_real_data_is_not(told: dict[str, Any]) -> None:
    synthetic = told["summary"]["synthetic"]
    assert ("synthetic" in told["output"].lower()) is synthetic
    assert ("synthetic data" in told["page"].lower()) is synthetic
    if told["real"]:
        assert not synthetic


def test_the_page_says_how_it_was_served(told: dict[str, Any]) -> None:
    assert told["summary"]["mode"] == told["mode"]
    assert f"served by {SERVED[told['mode']]}" in told["page"]


def test_the_page_tells_of_every_release(told: dict[str, Any]) -> None:
    assert "<svg" in told["page"]
    assert told["page"].count('class="verdict ') >= 3
    assert "<script" not in told["page"]


def test_nothing_is_left_running(told: dict[str, Any]) -> None:
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", told["port"])) != 0


def test_ctrl_c_leaves_no_process() -> None:
    """In the midst of the deployment: the cloud, the CDK CLI and its node go with us."""
    given = environment() | {"PENSTOCK_TEST_MARK": f"mark-{os.getpid()}-{time.time()}"}
    process = subprocess.Popen(
        command("demo", "triage"), cwd=ROOT, env=given, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    for line in process.stdout or ():
        if "local cloud up" in line:
            break
    time.sleep(2)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=30) == 130
    time.sleep(0.5)
    assert marked(given["PENSTOCK_TEST_MARK"]) == []
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(given["PENSTOCK_PORT"]))) != 0


def marked(mark: str) -> list[str]:
    """The processes whose environment holds the mark: ours and our children's, nobody else's."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found
