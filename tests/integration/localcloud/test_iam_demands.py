"""What AWS asks of a role besides the calls that its own code makes."""

import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import eventually
from localcloud_jobs import described, ended, train
from localcloud_roles import allow, make_role
from localcloud_users import make_key, make_user

import localcloud

Client = Callable[[str], Any]
S3 = allow("s3:*", "kms:*")
LOGS = allow("logs:*")
IMAGE = "arn:aws:ecr:us-east-1:683313688378:repository/tests-image"
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
ECR = (allow("ecr:GetAuthorizationToken"), allow(*PULL, on=IMAGE))
OF_ECR = {
    "TrainingImage": "683313688378.dkr.ecr.us-east-1.amazonaws.com/tests-image:1.0",
    "TrainingInputMode": "File",
}
SLEEPS = "import time; time.sleep(0.8); print('done')"
RULE = (
    "arn:aws:events:us-east-1:000000000000:rule/StepFunctionsGetEventsForSageMakerTrainingJobsRule"
)
WAITS = {
    "StartAt": "Train",
    "States": {
        "Train": {
            "Type": "Task",
            "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
            "Parameters": {
                "TrainingJobName.$": "$.name",
                "AlgorithmSpecification": OF_ECR,
                "RoleArn.$": "$.role",
                "OutputDataConfig": {"S3OutputPath": "s3://none/models"},
                "ResourceConfig": {
                    "InstanceType": "ml.m5.large",
                    "InstanceCount": 1,
                    "VolumeSizeInGB": 1,
                },
                "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            },
            "End": True,
        }
    },
}


@pytest.fixture
def bucket(client: Client) -> str:
    name = f"demands-{uuid.uuid4().hex[:8]}"
    client("s3").create_bucket(Bucket=name)
    return name


def test_a_machine_that_waits_for_a_job_may_make_the_rule_that_tells_it(client: Client) -> None:
    states, name = client("stepfunctions"), f"waits-{uuid.uuid4().hex[:8]}"
    definition = json.dumps(WAITS)
    jobs = allow("sagemaker:*")
    without = make_role(client, "states", jobs, allow("events:PutRule", on=RULE))
    with pytest.raises(ClientError, match="not authorized to create managed-rule") as refused:
        states.create_state_machine(name=name, definition=definition, roleArn=without)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    events = allow("events:DescribeRule", "events:PutRule", "events:PutTargets", on=RULE)
    role = make_role(client, "states", jobs, events)
    assert states.create_state_machine(name=name, definition=definition, roleArn=role)


def test_a_job_is_not_run_whose_role_may_not_pull_the_image(client: Client, bucket: str) -> None:
    role = make_role(client, "sagemaker", S3, LOGS, ECR[0])
    found = ended(client, train(client, bucket, role, SLEEPS, AlgorithmSpecification=OF_ECR))
    assert found["TrainingJobStatus"] == "Failed"
    assert "Cannot pull algorithm container" in found["FailureReason"]


def test_a_job_puts_its_instance_metrics_as_its_role(client: Client, bucket: str) -> None:
    metrics = allow("cloudwatch:PutMetricData")
    allowed = make_role(client, "sagemaker", S3, LOGS, *ECR, metrics)
    refused = make_role(client, "sagemaker", S3, LOGS, *ECR)
    names = [
        train(client, bucket, role, SLEEPS, AlgorithmSpecification=OF_ECR)
        for role in (allowed, refused)
    ]
    for name in names:
        assert ended(client, name)["TrainingJobStatus"] == "Completed"
    assert [bool(points(client, name)) for name in names] == [True, False]


def points(client: Client, job: str) -> list[Any]:
    now = datetime.now(UTC)
    found: list[Any] = client("cloudwatch").get_metric_statistics(
        Namespace="/aws/sagemaker/TrainingJobs",
        MetricName="CPUUtilization",
        Dimensions=[{"Name": "Host", "Value": f"{job}/algo-1"}],
        StartTime=now - timedelta(minutes=5),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=["Maximum"],
    )["Datapoints"]
    return found


def test_the_key_of_a_volume_is_lent_by_the_caller_or_by_the_role(
    client: Client, cloud: localcloud.Running, bucket: str
) -> None:
    key = make_key(client)
    start = allow("sagemaker:*", "iam:PassRole")
    poor = make_user(client, cloud, start)
    lending = make_user(client, cloud, start, allow("kms:CreateGrant", on=key))
    plain = make_role(client, "sagemaker", S3, LOGS, *ECR)
    without_kms = make_role(client, "sagemaker", allow("s3:*"), LOGS, *ECR)
    volume = {
        "InstanceCount": 1,
        "InstanceType": "ml.m5.large",
        "VolumeSizeInGB": 1,
        "VolumeKmsKeyId": key,
    }

    def begin(user: Client, role: str) -> str:
        def get(service: str) -> Any:
            return user(service) if service == "sagemaker" else client(service)

        return train(get, bucket, role, SLEEPS, ResourceConfig=volume)

    with pytest.raises(ClientError, match="kms:CreateGrant"):
        begin(poor, without_kms)
    for user, role in ((lending, without_kms), (poor, plain)):
        assert described(client, begin(user, role))["TrainingJobArn"]


def test_a_missing_key_is_told_only_to_who_may_list_the_bucket(
    client: Client, cloud: localcloud.Running, bucket: str
) -> None:
    arn = f"arn:aws:s3:::{bucket}"
    get = allow("s3:GetObject", on=f"{arn}/*")
    under = {**allow("s3:ListBucket", on=arn), "Condition": {"StringLike": {"s3:prefix": "a/*"}}}
    told = []
    for more in ((), (under,), (allow("s3:ListBucket", on=arn),)):
        with pytest.raises(ClientError) as refused:
            make_user(client, cloud, get, *more)("s3").get_object(Bucket=bucket, Key="a/none")
        told.append(refused.value.response["Error"]["Code"])
    assert told == ["AccessDenied", "AccessDenied", "NoSuchKey"]


def test_firehose_delivers_only_with_all_that_aws_documents(client: Client, bucket: str) -> None:
    arn = f"arn:aws:s3:::{bucket}"
    whole = ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"]
    objects = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
    on = [arn, f"{arn}/*"]
    good = make_role(client, "firehose", allow(*whole, *objects, on=on))
    for lacking in [*whole, *objects]:
        rest = [action for action in [*whole, *objects] if action != lacking]
        role = make_role(client, "firehose", allow(*rest, on=on))
        send(client, role, arn, lacking.replace(":", "-"))
    send(client, good, arn, "good")
    eventually(lambda: keys(client, bucket))
    time.sleep(0.5)
    assert [key.split("/")[0] for key in keys(client, bucket)] == ["good"]


def send(client: Client, role: str, bucket_arn: str, prefix: str) -> None:
    firehose, name = client("firehose"), f"demands-{uuid.uuid4().hex[:8]}"
    hints = {"IntervalInSeconds": 1, "SizeInMBs": 1}
    firehose.create_delivery_stream(
        DeliveryStreamName=name,
        ExtendedS3DestinationConfiguration={
            "RoleARN": role,
            "BucketARN": bucket_arn,
            "Prefix": f"{prefix}/",
            "BufferingHints": hints,
        },
    )
    firehose.put_record(DeliveryStreamName=name, Record={"Data": b"one\n"})


def keys(client: Client, bucket: str) -> list[str]:
    found = client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    return [item["Key"] for item in found]


@pytest.mark.parametrize("more", [(), ("s3:ListBucket",)])
def test_a_bucket_for_failed_events_takes_a_role_that_may_list_it(
    client: Client, function: Callable[..., str], bucket: str, more: tuple[str, ...]
) -> None:
    own = (allow("s3:PutObject", on=f"arn:aws:s3:::{bucket}/*"), LOGS)
    role = make_role(client, "lambda", *own, *(allow(a, on=f"arn:aws:s3:::{bucket}") for a in more))
    name = function("def handler(event, context): raise ValueError", Role=role)
    client("lambda").put_function_event_invoke_config(
        FunctionName=name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::{bucket}"}},
    )
    client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")

    def told() -> list[Any]:
        kept: list[Any] = client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
        of = {"Dimensions": [{"Name": "FunctionName", "Value": name}]}
        lost = client("cloudwatch").list_metrics(MetricName="DestinationDeliveryFailures", **of)
        return kept if more else list(lost["Metrics"])

    eventually(told)
    assert bool(client("s3").list_objects_v2(Bucket=bucket).get("Contents")) is bool(more)
