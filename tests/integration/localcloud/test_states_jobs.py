"""The `.sync` integrations wait for what they start, end with it, and end it with themselves."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import eventually
from localcloud_endpoints import model
from localcloud_jobs import IMAGE, packed
from localcloud_roles import MANAGED_RULES, allow, make_role

Client = Callable[[str], Any]
BUCKET = "states-jobs-tests"
GOOD, BAD, LONG = "print('loss: 1')", "raise SystemExit('broken')", "import time; time.sleep(60)"
CLUSTER = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
SERVING = """
import time

def model_fn(model_dir):
    return None

def transform_fn(model, body, content_type, accept):
    text = body if isinstance(body, str) else body.decode()
    if "time.sleep" in text:
        time.sleep(60)
    if "SystemExit" in text:
        raise ValueError("broken")
    return text, "text/csv"
"""
KINDS = ("Training", "Processing", "HyperParameterTuning", "Transform")
EXECUTION = "states:startExecution"


@pytest.fixture(scope="module")
def job_role(client: Client) -> str:
    client("s3").create_bucket(Bucket=BUCKET)
    return make_role(client, "sagemaker", allow("s3:*", "logs:*"))


@pytest.fixture(scope="module")
def serving(client: Client, job_role: str) -> str:
    return model(client, BUCKET, job_role, SERVING)


@pytest.fixture
def parameters(client: Client, job_role: str, serving: str) -> Callable[[str, str], dict[str, Any]]:
    """Of a job of the given kind that runs this program; it takes its name from the input."""

    def training(source: str) -> dict[str, Any]:
        key = f"code/{uuid.uuid4().hex}.tar.gz"
        client("s3").put_object(Bucket=BUCKET, Key=key, Body=packed(source))
        program = {"sagemaker_program": "train.py"}
        program["sagemaker_submit_directory"] = f"s3://{BUCKET}/{key}"
        return {
            "AlgorithmSpecification": {
                "TrainingImage": IMAGE,
                "TrainingInputMode": "File",
                "MetricDefinitions": [{"Name": "loss", "Regex": "loss: ([0-9]+)"}],
            },
            "RoleArn": job_role,
            "HyperParameters": program,
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
            "ResourceConfig": CLUSTER,
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        }

    def tuning(source: str) -> dict[str, Any]:
        definition = training(source)
        definition["StaticHyperParameters"] = definition.pop("HyperParameters")
        ranges = {"CategoricalParameterRanges": [{"Name": "kind", "Values": ["a"]}]}
        return {
            "HyperParameterTuningJobConfig": {
                "Strategy": "Grid",
                "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": "loss"},
                "ResourceLimits": {"MaxParallelTrainingJobs": 1},
                "ParameterRanges": ranges,
            },
            "TrainingJobDefinition": definition,
        }

    def processing(source: str) -> dict[str, Any]:
        entrypoint = ["python3", "-c", source]
        return {
            "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": entrypoint},
            "ProcessingResources": {"ClusterConfig": CLUSTER},
            "RoleArn": job_role,
        }

    def transform(source: str) -> dict[str, Any]:
        key = f"in/{uuid.uuid4().hex}"
        client("s3").put_object(Bucket=BUCKET, Key=key, Body=source.encode())
        data = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/{key}"}
        return {
            "ModelName": serving,
            "TransformInput": {"DataSource": {"S3DataSource": data}},
            "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/out"},
            "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        }

    kinds = {
        "Training": training,
        "HyperParameterTuning": tuning,
        "Processing": processing,
        "Transform": transform,
    }

    def of(kind: str, source: str) -> dict[str, Any]:
        return {f"{kind}JobName.$": "$.name", **kinds[kind](source)}

    return of


@pytest.fixture
def machine(client: Client) -> Callable[..., str]:
    """A machine of one task in the role of these statements."""

    def create(resource: str, given: dict[str, Any], *statements: Any, **more: Any) -> str:
        task = {"Type": "Task", "End": True, "Parameters": given, **more}
        task["Resource"] = f"arn:aws:states:::{resource}"
        made = client("stepfunctions").create_state_machine(
            name=f"m-{uuid.uuid4().hex[:8]}",
            definition=json.dumps({"StartAt": "Task", "States": {"Task": task}}),
            roleArn=make_role(client, "states", MANAGED_RULES, *statements),
        )
        return str(made["stateMachineArn"])

    return create


def create(kind: str) -> str:
    return f"sagemaker:create{kind}Job.sync"


def rights(kind: str, *without: str) -> dict[str, Any]:
    """What AWS's policy template for the integration grants, but for its managed event rule."""
    actions = [f"sagemaker:{verb}{kind}Job" for verb in ("Create", "Describe", "Stop")]
    actions += ["sagemaker:AddTags", "iam:PassRole"]
    return allow(*(one for one in actions if one not in without))


def begin(client: Client, arn: str, **value: Any) -> str:
    started = client("stepfunctions").start_execution(stateMachineArn=arn, input=json.dumps(value))
    return str(started["executionArn"])


def ended(client: Client, execution: str) -> Any:
    def check() -> Any:
        facts = client("stepfunctions").describe_execution(executionArn=execution)
        return facts if facts["status"] != "RUNNING" else None

    return eventually(check, 20)


def status(client: Client, kind: str, name: str) -> str | None:
    """The status of a job in SageMaker, or None when there is none."""
    words = {"HyperParameterTuning": "hyper_parameter_tuning"}.get(kind, kind.lower())
    try:
        describe = getattr(client("sagemaker"), f"describe_{words}_job")
        return str(describe(**{f"{kind}JobName": name})[f"{kind}JobStatus"])
    except ClientError:
        return None


@pytest.mark.parametrize("kind", KINDS)
def test_sync_gives_the_completed_jobs_description(
    client: Client, machine: Callable[..., str], parameters: Callable[..., Any], kind: str
) -> None:
    """With times in milliseconds; a taken name has AWS's error, which a Retry can name."""
    arn = machine(create(kind), parameters(kind, GOOD), rights(kind))
    name = f"sync-{uuid.uuid4().hex[:8]}"
    facts = ended(client, begin(client, arn, name=name))
    assert facts["status"] == "SUCCEEDED", facts["cause"]
    output = json.loads(facts["output"])
    assert (output[f"{kind}JobName"], output[f"{kind}JobStatus"]) == (name, "Completed")
    assert abs(output["CreationTime"] / 1000 - time.time()) < 60
    tags = client("sagemaker").list_tags(ResourceArn=output[f"{kind}JobArn"])["Tags"]
    assert {"Key": "MANAGED_BY_AWS", "Value": "STARTED_BY_STEP_FUNCTIONS"} in tags
    again = ended(client, begin(client, arn, name=name))
    assert again["error"] == "SageMaker.ResourceInUseException"


@pytest.mark.parametrize("kind", KINDS)
def test_sync_fails_with_the_failed_jobs_description(
    client: Client, machine: Callable[..., str], parameters: Callable[..., Any], kind: str
) -> None:
    """States.TaskFailed; the cause is the job as JSON, with its FailureReason."""
    arn = machine(create(kind), parameters(kind, BAD), rights(kind))
    facts = ended(client, begin(client, arn, name=f"bad-{uuid.uuid4().hex[:8]}"))
    assert facts["error"] == "States.TaskFailed"
    cause = json.loads(facts["cause"])
    assert cause[f"{kind}JobStatus"] == "Failed"
    assert cause["FailureReason"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_stopped_execution_stops_its_job(
    client: Client, machine: Callable[..., str], parameters: Callable[..., Any], kind: str
) -> None:
    """Nothing runs on, and nothing is paid for, after StopExecution."""
    arn = machine(create(kind), parameters(kind, LONG), rights(kind))
    name = f"stop-{uuid.uuid4().hex[:8]}"
    execution = begin(client, arn, name=name)
    eventually(lambda: status(client, kind, name) == "InProgress")
    client("stepfunctions").stop_execution(executionArn=execution)
    eventually(lambda: status(client, kind, name) == "Stopped")
    assert ended(client, execution)["status"] == "ABORTED"


@pytest.mark.parametrize("kind", KINDS)
def test_a_time_out_stops_the_job(
    client: Client, machine: Callable[..., str], parameters: Callable[..., Any], kind: str
) -> None:
    """States.Timeout, and the job is Stopped too."""
    arn = machine(create(kind), parameters(kind, LONG), rights(kind), TimeoutSeconds=1)
    name = f"late-{uuid.uuid4().hex[:8]}"
    assert ended(client, begin(client, arn, name=name))["error"] == "States.Timeout"
    eventually(lambda: status(client, kind, name) == "Stopped")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("action", ["sagemaker:AddTags", "describe"])
def test_a_right_that_is_missing_is_named(
    client: Client,
    machine: Callable[..., str],
    parameters: Callable[..., Any],
    kind: str,
    action: str,
) -> None:
    """Step Functions tags what it waits for, and describes it: its role needs both."""
    missing = action if ":" in action else f"sagemaker:Describe{kind}Job"
    arn = machine(create(kind), parameters(kind, GOOD), rights(kind, missing))
    facts = ended(client, begin(client, arn, name=f"no-{uuid.uuid4().hex[:8]}"))
    assert facts["error"] == "SageMaker.AmazonSageMakerException"
    assert missing in facts["cause"]


def test_a_job_without_sync_is_started_only(
    client: Client, machine: Callable[..., str], parameters: Callable[..., Any]
) -> None:
    """Request and response: the ARN at once, no tags needed, and the job outlives the execution."""
    granted = allow("sagemaker:CreateProcessingJob", "iam:PassRole")
    source = "import time; time.sleep(2)"
    arn = machine("sagemaker:createProcessingJob", parameters("Processing", source), granted)
    name = f"only-{uuid.uuid4().hex[:8]}"
    output = json.loads(ended(client, begin(client, arn, name=name))["output"])
    assert output["ProcessingJobArn"].endswith(f":processing-job/{name}")
    assert status(client, "Processing", name) == "InProgress"
    eventually(lambda: status(client, "Processing", name) == "Completed")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"NoSuchParameter": 1}, "'NoSuchParameter' is not supported"),
        ({"Tags": "team"}, "must be a list"),
        (None, "is required but was missing"),
    ],
)
def test_wrong_parameters_fail_the_machines_creation(
    machine: Callable[..., str],
    parameters: Callable[..., Any],
    kind: str,
    wrong: dict[str, Any] | None,
    message: str,
) -> None:
    """A name that does not exist, a wrong type, a required one that is missing: not at midnight."""
    given = {**parameters(kind, GOOD), **(wrong or {})}
    if wrong is None:
        del given[f"{kind}JobName.$"]
    with pytest.raises(ClientError, match=message):
        machine(create(kind), given, rights(kind))


def test_a_pattern_that_aws_lacks_is_refused(machine: Callable[..., str]) -> None:
    """.sync:2 is for nested executions; a model is created at once and has no .sync."""
    for resource in ("sagemaker:createTrainingJob.sync:2", "sagemaker:createModel.sync"):
        with pytest.raises(ClientError, match="not recognized"):
            machine(resource, {})


@pytest.fixture
def child(client: Client) -> Callable[[dict[str, Any]], str]:
    """A machine of one state."""

    def create(state: dict[str, Any]) -> str:
        made = client("stepfunctions").create_state_machine(
            name=f"child-{uuid.uuid4().hex[:8]}",
            definition=json.dumps({"StartAt": "Only", "States": {"Only": state}}),
            roleArn=make_role(client, "states"),
        )
        return str(made["stateMachineArn"])

    return create


NESTED = ("states:StartExecution", "states:DescribeExecution", "states:StopExecution")


@pytest.mark.parametrize(("pattern", "expected"), [("sync", '{"a": 1}'), ("sync:2", {"a": 1})])
def test_a_nested_execution_gives_its_description(
    client: Client,
    machine: Callable[..., str],
    child: Callable[[dict[str, Any]], str],
    pattern: str,
    expected: Any,
) -> None:
    """.sync gives output and input as text, .sync:2 as data; times in milliseconds."""
    given = {"StateMachineArn": child({"Type": "Pass", "End": True}), "Input": {"a": 1}}
    arn = machine(f"{EXECUTION}.{pattern}", given, allow(*NESTED))
    output = json.loads(ended(client, begin(client, arn))["output"])
    assert output["Status"] == "SUCCEEDED"
    assert isinstance(output["StartDate"], int)
    assert output["StartDate"] <= output["StopDate"] <= time.time() * 1000
    found = (output["Output"], output["Input"])
    if pattern == "sync":
        assert [json.loads(text) for text in found] == [json.loads(expected)] * 2
    else:
        assert found == (expected, expected)


def test_a_nested_failure_is_the_tasks(
    client: Client, machine: Callable[..., str], child: Callable[[dict[str, Any]], str]
) -> None:
    """States.TaskFailed, with the nested execution's error and cause inside."""
    failing = child({"Type": "Fail", "Error": "Own", "Cause": "because"})
    arn = machine(f"{EXECUTION}.sync:2", {"StateMachineArn": failing}, allow(*NESTED))
    facts = ended(client, begin(client, arn))
    assert facts["error"] == "States.TaskFailed"
    cause = json.loads(facts["cause"])
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "Own", "because")


def test_stopping_stops_the_nested_execution_too(
    client: Client, machine: Callable[..., str], child: Callable[[dict[str, Any]], str]
) -> None:
    """A nested execution that waits for an hour does not outlive its parent."""
    inner = child({"Type": "Wait", "Seconds": 36000, "End": True})
    arn = machine(f"{EXECUTION}.sync", {"StateMachineArn": inner}, allow(*NESTED))
    execution, states = begin(client, arn), client("stepfunctions")

    def inside() -> Any:
        return states.list_executions(stateMachineArn=inner)["executions"]

    eventually(lambda: [one["status"] for one in inside()] == ["RUNNING"])
    states.stop_execution(executionArn=execution)
    eventually(lambda: [one["status"] for one in inside()] == ["ABORTED"])


def test_waiting_for_an_execution_needs_describe(
    client: Client, machine: Callable[..., str], child: Callable[[dict[str, Any]], str]
) -> None:
    """Starting alone is not enough for .sync, and the denial says so."""
    given = {"StateMachineArn": child({"Type": "Pass", "End": True})}
    arn = machine(f"{EXECUTION}.sync", given, allow("states:StartExecution"))
    facts = ended(client, begin(client, arn))
    assert facts["status"] == "FAILED"
    assert "states:DescribeExecution" in facts["cause"]
