"""Checkpoints, and Spot instances that are taken back: a training goes on from where it was."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError

import pytest
from conftest import eventually
from localcloud_jobs import described, ended, passed, train, unpacked
from localcloud_roles import allow, make_role

import localcloud

Client = Callable[[str], Any]
BUCKET = "spot-tests"
COUNT = """
    import os, pathlib, signal, sys, time
    place = pathlib.Path(os.environ["SM_MODEL_DIR"]).parent / "checkpoints"
    step = place / "step.txt"
    told = place / "told.txt"
    begin = int(step.read_text()) if step.exists() else 0
    def end(*_):
        told.write_text(f"SIGTERM at {step.read_text()}")
        sys.exit(0)
    signal.signal(signal.SIGTERM, end)
    if begin:
        text = f"from {begin}; {told.read_text()}"
        pathlib.Path(os.environ["SM_MODEL_DIR"], "model.txt").write_text(text)
        sys.exit(0)
    step.write_text("7")
    time.sleep(60)
"""


@pytest.fixture(scope="module")
def worker(client: Client) -> str:
    client("s3").create_bucket(Bucket=BUCKET)
    return make_role(client, "sagemaker", allow("s3:*", "logs:*"))


def spot(checkpoints: str, **conditions: int) -> dict[str, Any]:
    return {
        "EnableManagedSpotTraining": True,
        "CheckpointConfig": {"S3Uri": f"s3://{BUCKET}/{checkpoints}"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 30, "MaxWaitTimeInSeconds": 60, **conditions},
    }


def interrupt(cloud: localcloud.Running, name: str) -> tuple[int, str]:
    url = f"{cloud.endpoint}/_localcloud/sagemaker/training-jobs/{name}/interrupt"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="POST")) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_an_interrupted_training_goes_on_from_its_checkpoints(
    cloud: localcloud.Running, client: Client, worker: str
) -> None:
    """SIGTERM first; what was written by then is there when the job starts again."""
    name = train(client, BUCKET, worker, COUNT, **spot("points"))

    def written() -> bool:
        found = client("s3").list_objects_v2(Bucket=BUCKET, Prefix="points/step.txt")
        return bool(found["KeyCount"])

    eventually(written)  # while the job runs, not at its end only
    assert interrupt(cloud, name)[0] == 202
    facts = ended(client, name)
    assert facts["TrainingJobStatus"] == "Completed", facts.get("FailureReason")
    again = ["Starting", "Downloading", "Training"]
    assert passed(facts) == [*again, "Interrupted", *again, "Uploading", "Completed"]
    files = unpacked(client("s3"), BUCKET, f"models/{name}/output/model.tar.gz")
    assert files == {"model.txt": "from 7; SIGTERM at 7"}
    waited = next(s for s in facts["SecondaryStatusTransitions"] if s["Status"] == "Interrupted")
    whole = (facts["TrainingEndTime"] - facts["TrainingStartTime"]).total_seconds()
    pause = (waited["EndTime"] - waited["StartTime"]).total_seconds()
    assert facts["TrainingTimeInSeconds"] == max(1, round(whole - pause))
    assert facts["BillableTimeInSeconds"] <= facts["TrainingTimeInSeconds"]


def test_the_wait_of_a_spot_training_has_an_end(
    cloud: localcloud.Running, client: Client, worker: str
) -> None:
    """MaxWaitTimeInSeconds counts training and waiting together."""
    limits = {"MaxRuntimeInSeconds": 1, "MaxWaitTimeInSeconds": 1}
    source = "import time; time.sleep(60)"
    name = train(client, BUCKET, worker, source, **spot("none", **limits))
    facts = ended(client, name)
    assert facts["TrainingJobStatus"] == "Stopped"
    assert facts["SecondaryStatus"] in ("MaxWaitTimeExceeded", "MaxRuntimeExceeded")


def test_only_spot_trainings_that_run_are_interrupted(
    cloud: localcloud.Running, client: Client, worker: str
) -> None:
    """A job on demand, an ended job and no job at all are refused, each by its name."""
    on_demand = train(client, BUCKET, worker, "")
    status, text = interrupt(cloud, on_demand)
    assert (status, json.loads(text)) == (400, {"error": f"{on_demand} does not train on Spot"})
    over = train(client, BUCKET, worker, "", **spot("none"))
    ended(client, over)
    assert interrupt(cloud, over) == (400, json.dumps({"error": f"{over} is Completed"}))
    assert interrupt(cloud, "nothing")[0] == 400


def test_a_foreign_name_of_this_machine_is_refused(cloud: localcloud.Running) -> None:
    """A page whose name someone points at the loopback may not use the local cloud's pages."""
    request = urllib.request.Request(f"{cloud.endpoint}/_localcloud/health")
    request.add_header("Host", "evil.example")
    with pytest.raises(HTTPError, match="403"):
        urllib.request.urlopen(request)


def test_an_unknown_page_or_method_is_refused(cloud: localcloud.Running) -> None:
    """404 and 405, as any server does."""
    with pytest.raises(HTTPError, match="404"):
        urllib.request.urlopen(f"{cloud.endpoint}/_localcloud/no-such-page")
    with pytest.raises(HTTPError, match="405"):
        urllib.request.urlopen(f"{cloud.endpoint}/_localcloud/health", data=b"")
    head = urllib.request.Request(f"{cloud.endpoint}/_localcloud/health", method="HEAD")
    with urllib.request.urlopen(head) as answer:
        assert (answer.status, answer.read()) == (200, b"")


def test_checkpoints_that_may_not_be_written_fail_the_job(client: Client) -> None:
    """The job's own role is asked; the reason names the denial."""
    reads = make_role(client, "sagemaker", allow("s3:GetObject", "s3:ListBucket", "logs:*"))
    source = """
        import os, pathlib
        model = pathlib.Path(os.environ["SM_MODEL_DIR"])
        (model.parent / "checkpoints" / "one").write_text("1")
    """
    config = {"S3Uri": f"s3://{BUCKET}/denied"}
    facts = ended(client, train(client, BUCKET, reads, source, CheckpointConfig=config))
    assert "Checkpoint upload failed" in facts["FailureReason"]
    assert described(client, facts["TrainingJobName"])["TrainingJobStatus"] == "Failed"
