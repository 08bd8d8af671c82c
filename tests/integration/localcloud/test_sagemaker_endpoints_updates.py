"""Endpoints are updated blue/green: traffic shifts, alarms roll back, and no request is lost."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import TIME_SCALE, eventually
from localcloud_endpoints import (
    SCRIPT,
    Client,
    archive,
    ask,
    config,
    container,
    described,
    endpoint,
    model,
    settled,
    variant,
)


@pytest.fixture(scope="module")
def bucket(client: Client) -> str:
    name = f"updates-{uuid.uuid4().hex[:8]}"
    client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="module")
def models(client: Client, bucket: str, role: str) -> tuple[str, str]:
    return model(client, bucket, role), model(client, bucket, role)


@pytest.fixture
def alarm(client: Client) -> str:
    name = f"alarm-{uuid.uuid4().hex[:8]}"
    client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Namespace="Tests",
        MetricName=name,
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=0.5,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    return name


def guarded(kind: str, wait: int, end: int = 0, **more: Any) -> dict[str, Any]:
    routing: dict[str, Any] = {"Type": kind, "WaitIntervalInSeconds": wait}
    for member in ("CanarySize", "LinearStepSize"):
        if member in more:
            routing[member] = {"Type": "CAPACITY_PERCENT", "Value": more[member]}
    policy = {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": end}
    alarms = [{"AlarmName": name} for name in more.get("alarms", [])]
    found: dict[str, Any] = {"BlueGreenUpdatePolicy": policy}
    return {**found, "AutoRollbackConfiguration": {"Alarms": alarms}} if alarms else found


class Traffic:
    def __init__(self) -> None:
        self.answers: list[tuple[float, str]] = []
        self.errors: list[Exception] = []

    def share(self, name: str, since: float) -> float:
        found = [answer for at, answer in self.answers if at >= since]
        return found.count(name) / len(found) if found else -1.0


@contextmanager
def traffic(client: Client, name: str) -> Iterator[Traffic]:
    """Two callers that ask all the time, each answer taking a few milliseconds."""
    seen, ended = Traffic(), threading.Event()

    def call() -> None:
        while not ended.is_set():
            try:
                seen.answers.append((time.time(), ask(client, name, {"sleep": 0.01})["name"]))
            except Exception as error:
                seen.errors.append(error)

    callers = [threading.Thread(target=call) for _ in range(2)]
    for caller in callers:
        caller.start()
    try:
        yield seen
    finally:
        ended.set()
        for caller in callers:
            caller.join()


def status_of(facts: Any) -> Any:
    pending = facts.get("PendingDeploymentSummary")
    return pending and pending["ProductionVariants"][0].get("VariantStatus", [{}])[0].get("Status")


def test_a_canary_takes_its_share_then_all_and_loses_nothing(
    client: Client, models: tuple[str, str]
) -> None:
    old, new = models
    made, other = config(client, variant(old)), config(client, variant(new))
    with endpoint(client, made) as name, traffic(client, name) as seen:
        policy = guarded("CANARY", wait=120, CanarySize=30)
        client("sagemaker").update_endpoint(
            EndpointName=name, EndpointConfigName=other, DeploymentConfig=policy
        )
        eventually(lambda: status_of(described(client, name)) == "Baking", 10)
        facts, since = described(client, name), time.time()
        assert facts["EndpointStatus"] == "Updating"
        assert facts["EndpointConfigName"] == made
        assert facts["PendingDeploymentSummary"]["EndpointConfigName"] == other
        time.sleep(1.5)
        assert 0.1 < seen.share(new, since) < 0.55
        facts = settled(client, name)
        assert facts["EndpointConfigName"] == other
        assert "PendingDeploymentSummary" not in facts
        since = time.time()
        time.sleep(0.3)
        assert seen.share(new, since + 0.05) == 1.0
    assert not seen.errors


def test_an_alarm_rolls_a_linear_update_back(
    client: Client, models: tuple[str, str], alarm: str
) -> None:
    old, new = models
    made, other = config(client, variant(old)), config(client, variant(new))
    with endpoint(client, made) as name, traffic(client, name) as seen:
        policy = guarded("LINEAR", wait=300, LinearStepSize=50, alarms=[alarm])
        client("sagemaker").update_endpoint(
            EndpointName=name, EndpointConfigName=other, DeploymentConfig=policy
        )
        eventually(lambda: seen.share(new, 0) > 0, 10)
        client("cloudwatch").put_metric_data(
            Namespace="Tests", MetricData=[{"MetricName": alarm, "Value": 1.0}]
        )
        facts = settled(client, name)
        assert facts["EndpointStatus"] == "InService"
        assert facts["EndpointConfigName"] == made
        assert alarm in facts["FailureReason"]
        since = time.time()
        time.sleep(0.3)
        assert seen.share(old, since + 0.05) == 1.0
    assert not seen.errors


def test_a_model_that_does_not_come_up_leaves_the_old_one_live(
    client: Client, models: tuple[str, str], bucket: str, role: str
) -> None:
    broken = model(client, bucket, role, "raise RuntimeError('no such luck')")
    made, other = config(client, variant(models[0])), config(client, variant(broken))
    with endpoint(client, made) as name:
        client("sagemaker").update_endpoint(EndpointName=name, EndpointConfigName=other)
        with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
            client("sagemaker").update_endpoint(EndpointName=name, EndpointConfigName=other)
        facts = settled(client, name)
        assert (facts["EndpointStatus"], facts["EndpointConfigName"]) == ("InService", made)
        assert "no such luck" in facts["FailureReason"]
        assert ask(client, name)["name"] == models[0]


def test_a_rolling_update_exchanges_instances_in_batches(
    client: Client, models: tuple[str, str]
) -> None:
    old, new = models
    two = {"InitialInstanceCount": 2}
    made, other = config(client, variant(old, **two)), config(client, variant(new, **two))
    size = {"Type": "INSTANCE_COUNT", "Value": 1}
    policy = {"RollingUpdatePolicy": {"MaximumBatchSize": size, "WaitIntervalInSeconds": 30}}
    with endpoint(client, made) as name, traffic(client, name) as seen:
        client("sagemaker").update_endpoint(
            EndpointName=name, EndpointConfigName=other, DeploymentConfig=policy
        )
        facts = settled(client, name)
        assert facts["EndpointConfigName"] == other
        assert len({ask(client, name)["pid"] for _ in range(20)}) == 2
    assert not seen.errors
    assert {old, new} == {answer for _, answer in seen.answers}


def test_retained_properties_and_deployment_survive_an_update(
    client: Client, models: tuple[str, str]
) -> None:
    made, other = config(client, variant(models[0])), config(client, variant(models[1]))
    with endpoint(client, made) as name:
        change = {"VariantName": "AllTraffic", "DesiredInstanceCount": 2}
        client("sagemaker").update_endpoint_weights_and_capacities(
            EndpointName=name, DesiredWeightsAndCapacities=[change]
        )
        settled(client, name)
        client("sagemaker").update_endpoint(
            EndpointName=name, EndpointConfigName=other, RetainAllVariantProperties=True
        )
        facts = settled(client, name)
        assert facts["EndpointConfigName"] == other
        assert facts["ProductionVariants"][0]["CurrentInstanceCount"] == 2


@pytest.mark.parametrize(
    ("policy", "word"),
    [
        (guarded("CANARY", 60), "CanarySize must be given"),
        (guarded("CANARY", 60, CanarySize=60), "at most 50%"),
        (guarded("ALL_AT_ONCE", 0, CanarySize=10), "CanarySize cannot be given"),
        (guarded("LINEAR", 3600, LinearStepSize=10), "must be larger than the total waiting"),
    ],
)
def test_an_impossible_policy_is_refused(
    client: Client, models: tuple[str, str], policy: dict[str, Any], word: str
) -> None:
    made = config(client, variant(models[0]))
    with endpoint(client, made) as name, pytest.raises(ClientError, match=word):
        client("sagemaker").update_endpoint(
            EndpointName=name, EndpointConfigName=made, DeploymentConfig=policy
        )


def test_a_serverless_endpoint_has_no_deployment_policy(
    client: Client, models: tuple[str, str]
) -> None:
    serverless = {"MemorySizeInMB": 1024, "MaxConcurrency": 2}
    made = config(client, variant(models[0], ServerlessConfig=serverless))
    other = config(client, variant(models[1], ServerlessConfig=serverless))
    with endpoint(client, made) as name:
        with pytest.raises(ClientError, match="not supported for serverless"):
            client("sagemaker").update_endpoint(
                EndpointName=name,
                EndpointConfigName=other,
                DeploymentConfig=guarded("ALL_AT_ONCE", 0),
            )
        client("sagemaker").update_endpoint(EndpointName=name, EndpointConfigName=other)
        assert settled(client, name)["EndpointStatus"] == "InService"
        assert ask(client, name)["name"] == models[1]


def test_requests_and_answers_are_captured_as_json_lines(
    client: Client, models: tuple[str, str], bucket: str
) -> None:
    capture = {
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": f"s3://{bucket}/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"JsonContentTypes": ["application/json"]},
    }
    made = config(client, variant(models[0]), DataCaptureConfig=capture)
    with endpoint(client, made) as name:
        for number in range(3):
            ask(client, name, {"number": number}, InferenceId=f"id-{number}")
        facts = described(client, name)["DataCaptureConfig"]
        assert (facts["CaptureStatus"], facts["CurrentSamplingPercentage"]) == ("Started", 100)

        def objects() -> Any:
            prefix = f"capture/{name}/AllTraffic/"
            return client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents")

        key = eventually(objects, 60 / TIME_SCALE + 8)[0]["Key"]
    assert key.endswith(".jsonl")
    assert len(key.split("/")) == 8  # .../yyyy/mm/dd/hh/file
    text = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    lines = [json.loads(line) for line in text.splitlines()]
    first = lines[0]
    assert first["captureData"]["endpointInput"] == {
        "observedContentType": "application/json",
        "mode": "INPUT",
        "data": '{"number": 0}',
        "encoding": "JSON",
    }
    assert first["captureData"]["endpointOutput"]["mode"] == "OUTPUT"
    assert first["eventMetadata"]["inferenceId"] == "id-0"
    assert first["eventVersion"] == "0"
    assert len(lines) == 3


def test_a_shadow_variant_gets_copies_and_answers_nobody(
    client: Client, models: tuple[str, str]
) -> None:
    shadow = variant(models[1], "Shadow")
    made = config(client, variant(models[0]), ShadowProductionVariants=[shadow])
    with endpoint(client, made) as name:
        assert {ask(client, name)["name"] for _ in range(5)} == {models[0]}

        def copies() -> float:
            points = client("cloudwatch").get_metric_statistics(
                Namespace="AWS/SageMaker",
                MetricName="Invocations",
                Dimensions=[
                    {"Name": "EndpointName", "Value": name},
                    {"Name": "VariantName", "Value": "Shadow"},
                ],
                StartTime=time.time() - 600,
                EndTime=time.time() + 60,
                Period=3600,
                Statistics=["Sum"],
            )["Datapoints"]
            return sum(float(point["Sum"]) for point in points)

        assert eventually(lambda: copies() >= 5)


def test_every_change_of_state_is_an_event(client: Client, models: tuple[str, str]) -> None:
    queue = client("sqs").create_queue(QueueName=f"states-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    attributes = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    target = attributes["Attributes"]["QueueArn"]
    allow = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": target,
            }
        ],
    }
    client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(allow)})
    rule = f"r-{uuid.uuid4().hex[:8]}"
    pattern = {"source": ["aws.sagemaker"], "detail-type": ["SageMaker Endpoint State Change"]}
    client("events").put_rule(Name=rule, EventPattern=json.dumps(pattern))
    client("events").put_targets(Rule=rule, Targets=[{"Id": "1", "Arn": target}])
    with endpoint(client, config(client, variant(models[0]))) as name:
        pass
    found: list[str] = []

    def all_seen() -> bool:
        got = client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        details = [json.loads(one["Body"])["detail"] for one in got.get("Messages", [])]
        found.extend(one["EndpointStatus"] for one in details if one["EndpointName"] == name)
        return set(found) >= {"CREATING", "IN_SERVICE", "DELETING"}

    assert eventually(all_seen)


def test_a_script_may_lie_outside_of_the_model(client: Client, bucket: str, role: str) -> None:
    """SAGEMAKER_PROGRAM and SAGEMAKER_SUBMIT_DIRECTORY name the script elsewhere."""

    key = f"code/{uuid.uuid4().hex[:8]}/sourcedir.tar.gz"
    client("s3").put_object(Bucket=bucket, Key=key, Body=archive({"serve_it.py": SCRIPT}))
    given = container(client, bucket, {"name.txt": "elsewhere"})
    given["Environment"] = {
        "SAGEMAKER_PROGRAM": "serve_it.py",
        "SAGEMAKER_SUBMIT_DIRECTORY": f"s3://{bucket}/{key}",
    }
    name = model(client, bucket, role, PrimaryContainer=given)
    with endpoint(client, config(client, variant(name))) as made:
        assert ask(client, made)["name"] == "elsewhere"


def test_a_guarded_update_keeps_the_variants_names(client: Client, models: tuple[str, str]) -> None:
    made, other = config(client, variant(models[0])), config(client, variant(models[1], "Other"))
    with endpoint(client, made) as name:
        words = {"EndpointName": name, "EndpointConfigName": other}
        with pytest.raises(ClientError, match="same variant names"):
            client("sagemaker").update_endpoint(**words, DeploymentConfig=guarded("ALL_AT_ONCE", 0))
        client("sagemaker").update_endpoint(**words)
        assert settled(client, name)["ProductionVariants"][0]["VariantName"] == "Other"


def test_what_a_script_requires_is_installed_or_the_endpoint_fails(
    client: Client, bucket: str, role: str
) -> None:

    files = {
        "name.txt": "x",
        "code/inference.py": SCRIPT,
        "code/requirements.txt": "no-such-package @ file:///opt/ml/model/code/nothing.whl\n",
    }
    given = container(client, bucket, files)
    name = model(client, bucket, role, PrimaryContainer=given)
    made = f"e-{uuid.uuid4().hex[:8]}"
    client("sagemaker").create_endpoint(
        EndpointName=made, EndpointConfigName=config(client, variant(name))
    )
    facts = settled(client, made)
    assert facts["EndpointStatus"] == "Failed"
    assert "InstallRequirementsError" in facts["FailureReason"]
    client("sagemaker").delete_endpoint(EndpointName=made)
