"""A training on several hosts: who gets which data, how they meet, and how they end together."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import eventually
from localcloud_jobs import IMAGE, channel, described, ended, passed, train, unpacked
from localcloud_roles import allow, make_role

from localcloud.sagemaker import namespace

Client = Callable[[str], Any]
BUCKET = "cluster-tests"
TELL = """
    import json, os, pathlib
    host = os.environ["SM_CURRENT_HOST"]
    config = json.loads(pathlib.Path(os.environ["SM_INPUT_CONFIG_DIR"], "resourceconfig.json").read_text())
    data = {c: sorted(p.name for p in pathlib.Path(os.environ[f"SM_CHANNEL_{c.upper()}"]).iterdir())
            for c in json.loads(os.environ["SM_CHANNELS"])}
    model = pathlib.Path(os.environ["SM_MODEL_DIR"])
    told = {"config": config, "data": data, "hosts": json.loads(os.environ["SM_HOSTS"])}
    (model / f"{host}.json").write_text(json.dumps(told))
    (model / "same.txt").write_text(host)
"""  # noqa: E501 - one line a statement


@pytest.fixture(scope="module")
def s3(client: Client) -> Any:
    client("s3").create_bucket(Bucket=BUCKET)
    for number in range(5):
        client("s3").put_object(Bucket=BUCKET, Key=f"data/part-{number}.csv", Body=b"1\n")
    manifest = json.dumps([{"prefix": f"s3://{BUCKET}/data/"}, "part-1.csv", "part-3.csv"])
    client("s3").put_object(Bucket=BUCKET, Key="some.manifest", Body=manifest.encode())
    return client("s3")


@pytest.fixture(scope="module")
def worker(client: Client) -> str:
    return make_role(client, "sagemaker", allow("s3:*", "logs:*"))


@pytest.fixture
def start(client: Client, s3: Any, worker: str) -> Callable[..., str]:
    return lambda source, **changes: train(client, BUCKET, worker, source, **changes)


def machines(count: int) -> dict[str, Any]:
    return {"InstanceType": "ml.m5.large", "InstanceCount": count, "VolumeSizeInGB": 5}


def told(s3: Any, name: str) -> dict[str, Any]:
    files = unpacked(s3, BUCKET, f"models/{name}/output/model.tar.gz")
    return {k: json.loads(v) if k.endswith(".json") else v for k, v in files.items()}


def test_hosts_share_data_as_their_channels_say(
    client: Client, s3: Any, start: Callable[..., str]
) -> None:
    """Replicated, sharded by key, and by a manifest; one artifact, one log stream a host."""
    uri = f"s3://{BUCKET}/data/"
    listed = {"S3DataType": "ManifestFile", "S3Uri": f"s3://{BUCKET}/some.manifest"}
    name = start(
        TELL,
        ResourceConfig=machines(2),
        InputDataConfig=[
            channel("all", uri, S3DataDistributionType="FullyReplicated"),
            channel("shard", uri, S3DataDistributionType="ShardedByS3Key"),
            {"ChannelName": "listed", "DataSource": {"S3DataSource": listed}},
        ],
    )
    facts = ended(client, name)
    assert facts["TrainingJobStatus"] == "Completed", facts.get("FailureReason")
    files = told(s3, name)
    one, two = files["algo-1.json"], files["algo-2.json"]
    assert one["hosts"] == two["hosts"] == ["algo-1", "algo-2"]
    assert (one["config"]["current_host"], two["config"]["current_host"]) == ("algo-1", "algo-2")
    every = [f"part-{number}.csv" for number in range(5)]
    assert one["data"]["all"] == two["data"]["all"] == every
    shards = one["data"]["shard"], two["data"]["shard"]
    assert sorted(shards[0] + shards[1]) == every
    assert {len(shard) for shard in shards} == {2, 3}
    assert one["data"]["listed"] == two["data"]["listed"] == ["part-1.csv", "part-3.csv"]
    assert files["same.txt"] in ("algo-1", "algo-2")
    streams = client("logs").describe_log_streams(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{name}/"
    )["logStreams"]
    hosts = sorted(s["logStreamName"].split("/")[1].rpartition("-")[0] for s in streams)
    assert hosts == ["algo-1", "algo-2"]


def test_instance_groups_have_their_hosts_and_their_channels(
    client: Client, s3: Any, start: Callable[..., str]
) -> None:
    """A channel for one group reaches no host of another."""
    groups = [
        {"InstanceGroupName": "small", "InstanceType": "ml.m5.large", "InstanceCount": 1},
        {"InstanceGroupName": "large", "InstanceType": "ml.m5.4xlarge", "InstanceCount": 1},
    ]
    uri = f"s3://{BUCKET}/data/"
    name = start(
        TELL,
        ResourceConfig={"InstanceGroups": groups, "VolumeSizeInGB": 5},
        InputDataConfig=[channel("all", uri), channel("big", uri, InstanceGroupNames=["large"])],
    )
    facts = ended(client, name)
    assert facts["TrainingJobStatus"] == "Completed", facts.get("FailureReason")
    files = told(s3, name)
    assert sorted(files["algo-1.json"]["data"]) == ["all"]
    assert sorted(files["algo-2.json"]["data"]) == ["all", "big"]
    config = files["algo-2.json"]["config"]
    assert config["current_group_name"] == "large"
    assert config["current_instance_type"] == "ml.m5.4xlarge"
    assert [group["hosts"] for group in config["instance_groups"]] == [["algo-1"], ["algo-2"]]


def test_hosts_talk_to_each_other(client: Client, s3: Any, start: Callable[..., str]) -> None:
    """By name where the machine gives a container its own /etc/hosts; else the names fail."""
    source = """
        import os, pathlib, socket, time
        host = os.environ["SM_CURRENT_HOST"]
        model = pathlib.Path(os.environ["SM_MODEL_DIR"])
        try:
            address = socket.gethostbyname("algo-1")
        except OSError:
            model.joinpath(f"{host}.txt").write_text("no names")
        else:
            if host == "algo-1":
                with socket.create_server((address, 7777)) as server:
                    server.settimeout(10)
                    peer, _ = server.accept()
                    model.joinpath("heard.txt").write_text(peer.recv(100).decode())
            else:
                for _ in range(100):
                    try:
                        socket.create_connection((address, 7777)).sendall(host.encode())
                        break
                    except OSError:
                        time.sleep(0.05)
    """
    name = start(source, ResourceConfig=machines(2))
    facts = ended(client, name)
    assert facts["TrainingJobStatus"] == "Completed", facts.get("FailureReason")
    expected = {"heard.txt": "algo-2"}
    if not namespace.supported():
        expected = {"algo-1.txt": "no names", "algo-2.txt": "no names"}
    assert unpacked(s3, BUCKET, f"models/{name}/output/model.tar.gz") == expected


def test_one_failing_host_fails_the_job_at_once(client: Client, start: Callable[..., str]) -> None:
    """The other hosts do not run on; the reason is the failing host's."""
    source = """
        import os, sys, time
        if os.environ["SM_CURRENT_HOST"] == "algo-2":
            sys.exit("algo-2 has no rows")
        time.sleep(60)
    """
    facts = ended(client, start(source, ResourceConfig=machines(2)))
    assert facts["TrainingJobStatus"] == "Failed"
    assert "algo-2 has no rows" in facts["FailureReason"]


def test_a_lost_instance_is_an_internal_error_and_is_tried_again(
    client: Client, s3: Any, start: Callable[..., str]
) -> None:
    """RetryStrategy starts the job anew, once; without it the job fails. Nothing runs on."""
    source = """
        import os, pathlib, signal, time
        here = pathlib.Path(os.environ["SM_CHANNEL_MARK"])
        import boto3
        s3 = boto3.client("s3")
        if "Contents" not in s3.list_objects_v2(Bucket="cluster-tests", Prefix="tried/NAME"):
            s3.put_object(Bucket="cluster-tests", Key="tried/NAME", Body=str(os.getpid()).encode())
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(60)
    """
    mark = [channel("mark", f"s3://{BUCKET}/data/part-0.csv")]
    retry = {"MaximumRetryAttempts": 1}
    kept = ended(
        client, start(source.replace("NAME", "a"), InputDataConfig=mark, RetryStrategy=retry)
    )
    assert kept["TrainingJobStatus"] == "Completed", kept.get("FailureReason")
    assert passed(kept).count("Training") == 2
    assert "Restarting" in passed(kept)
    lost = ended(client, start(source.replace("NAME", "b"), InputDataConfig=mark))
    assert lost["TrainingJobStatus"] == "Failed"
    assert lost["FailureReason"].startswith("InternalServerError: ")
    for attempt in "ab":
        pid = int(s3.get_object(Bucket=BUCKET, Key=f"tried/{attempt}")["Body"].read())
        eventually(lambda pid=pid: not alive(pid))


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_an_own_entrypoint_runs_instead_of_the_images(
    client: Client, s3: Any, start: Callable[..., str]
) -> None:
    """ContainerEntrypoint and ContainerArguments; the artifact may be plain files."""
    program = (
        "import pathlib, sys, os; ml = pathlib.Path(sys.argv[1]);"
        "ml.joinpath('model/a.txt').write_text(os.environ['WHO'] + str('SM_HPS' in os.environ))"
    )
    name = start(
        "",
        AlgorithmSpecification={
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["python3", "-c", program],
            "ContainerArguments": ["/opt/ml"],
        },
        Environment={"WHO": "me"},
        OutputDataConfig={"S3OutputPath": f"s3://{BUCKET}/models", "CompressionType": "NONE"},
    )
    facts = ended(client, name)
    assert facts["TrainingJobStatus"] == "Completed", facts.get("FailureReason")
    uri = f"s3://{BUCKET}/models/{name}/output/model/"
    assert facts["ModelArtifacts"]["S3ModelArtifacts"] == uri
    body = s3.get_object(Bucket=BUCKET, Key=f"models/{name}/output/model/a.txt")["Body"]
    assert body.read() == b"meFalse"


def test_only_an_ended_job_is_deleted_and_its_name_is_free_then(
    client: Client, start: Callable[..., str]
) -> None:
    """As AWS documents DeleteTrainingJob."""
    name = start("import time; time.sleep(60)")
    with pytest.raises(ClientError) as caught:
        client("sagemaker").delete_training_job(TrainingJobName=name)
    assert caught.value.response["Error"]["Code"] == "ResourceInUse"
    client("sagemaker").stop_training_job(TrainingJobName=name)
    ended(client, name)
    client("sagemaker").delete_training_job(TrainingJobName=name)
    with pytest.raises(ClientError, match="Requested resource not found"):
        described(client, name)


def test_jobs_are_listed_page_by_page(client: Client, start: Callable[..., str]) -> None:
    """The newest first; a page names the next one."""
    names = [start("") for _ in range(3)]
    for name in names:
        ended(client, name)
    pages = (
        client("sagemaker")
        .get_paginator("list_training_jobs")
        .paginate(NameContains="job-", PaginationConfig={"PageSize": 2})
    )
    found = [job["TrainingJobName"] for page in pages for job in page["TrainingJobSummaries"]]
    assert [name for name in found if name in names] == names[::-1]
    done = client("sagemaker").list_training_jobs(NameContains=names[0], StatusEquals="Failed")
    assert done["TrainingJobSummaries"] == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ResourceConfig": machines(21)}, "service limit"),
        ({"AlgorithmSpecification": {"AlgorithmName": "a", "TrainingInputMode": "File"}}, "lacks"),
        ({"StoppingCondition": {"MaxWaitTimeInSeconds": 60}}, "EnableManagedSpotTraining"),
        ({"EnableManagedSpotTraining": True}, "Invalid MaxWaitTimeInSeconds"),
        ({"CheckpointConfig": {"S3Uri": "s3://b/c", "LocalPath": "/data"}}, "below /opt/ml"),
        ({"InputDataConfig": [channel("a", "s3://b/c", S3DataType="AugmentedManifestFile")]},
         "S3Prefix and ManifestFile"),
    ],
)  # fmt: skip
def test_what_would_differ_from_aws_is_refused_by_name(
    start: Callable[..., str], change: dict[str, Any], message: str
) -> None:
    """At once, by CreateTrainingJob itself."""
    with pytest.raises(ClientError, match=message):
        start("", **change)


def test_a_stopped_cluster_stops_every_host(client: Client, start: Callable[..., str]) -> None:
    """StopTrainingJob reaches all processes; the job is Stopped when the last has ended."""
    name = start("import time; time.sleep(60)", ResourceConfig=machines(2))
    eventually(lambda: described(client, name)["SecondaryStatus"] == "Training")
    client("sagemaker").stop_training_job(TrainingJobName=name)
    assert ended(client, name)["TrainingJobStatus"] == "Stopped"
