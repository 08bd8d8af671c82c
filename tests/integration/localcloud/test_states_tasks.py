"""Step Functions tasks act as their machine's role and know AWS's parameters and errors."""

from __future__ import annotations

import io
import json
import tarfile
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import eventually
from localcloud_roles import MANAGED_RULES, allow, make_role

Client = Callable[[str], Any]
BUCKET = "states-tests"
SDK = "arn:aws:states:::aws-sdk"


@pytest.fixture
def machine(client: Client) -> Callable[..., str]:
    """A machine of one task, with a role of the given statements."""

    def create(task: dict[str, Any], *statements: dict[str, Any]) -> str:
        states = {"Task": {"Type": "Task", "End": True, **task}}
        made = client("stepfunctions").create_state_machine(
            name=f"m-{uuid.uuid4().hex[:8]}",
            definition=json.dumps({"StartAt": "Task", "States": states}),
            roleArn=make_role(client, "states", MANAGED_RULES, *statements),
        )
        return str(made["stateMachineArn"])

    return create


@pytest.fixture
def run(client: Client) -> Callable[..., Any]:
    def execute(machine: str, **value: Any) -> Any:
        states = client("stepfunctions")
        arn = states.start_execution(stateMachineArn=machine, input=json.dumps(value))
        arn = arn["executionArn"]

        def ended() -> Any:
            facts = states.describe_execution(executionArn=arn)
            return facts if facts["status"] != "RUNNING" else None

        return eventually(ended, 20)

    return execute


@pytest.fixture(scope="module")
def table(client: Client) -> str:
    client("dynamodb").create_table(
        TableName="states-tests",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return "states-tests"


def put(table: str, **more: Any) -> dict[str, Any]:
    parameters = {"TableName": table, "Item": {"pk": {"S.$": "$.key"}}, **more}
    return {"Resource": f"{SDK}:dynamodb:putItem", "Parameters": parameters}


def test_a_denied_role_names_the_action(
    machine: Callable[..., str], run: Callable[..., Any], table: str
) -> None:
    """The role's own policy decides, and the cause says what is missing."""
    facts = run(machine(put(table)), key="a")
    assert (facts["status"], facts["error"]) == ("FAILED", "DynamoDb.DynamoDbException")
    assert "dynamodb:PutItem" in facts["cause"]
    allowed = machine(put(table), allow("dynamodb:PutItem"))
    assert run(allowed, key="a")["status"] == "SUCCEEDED"


def test_a_conditional_write_fails_under_awss_name(
    machine: Callable[..., str], run: Callable[..., Any], table: str
) -> None:
    """So that a Catch written for AWS catches it here."""
    once = put(table, ConditionExpression="attribute_not_exists(pk)")
    arn = machine(once, allow("dynamodb:PutItem"))
    key = uuid.uuid4().hex
    assert run(arn, key=key)["status"] == "SUCCEEDED"
    assert run(arn, key=key)["error"] == "DynamoDb.ConditionalCheckFailedException"


@pytest.mark.parametrize(
    ("task", "wrong"),
    [
        (
            {
                "Resource": f"{SDK}:codedeploy:getDeployment",
                "Parameters": {"deploymentId": "d"},
            },
            "field 'deploymentId' is not supported",
        ),
        (
            {
                "Resource": f"{SDK}:sagemaker:createModelPackage",
                "Parameters": {"ModelPackageGroupName": "g", "ModelApproval": "Approved"},
            },
            "field 'ModelApproval' is not supported",
        ),
        (
            {
                "Resource": "arn:aws:states:::sagemaker:createTrainingJob.sync",
                "Parameters": {"TrainingJobName": "j"},
            },
            "is required but was missing",
        ),
        ({"Resource": f"{SDK}:sagemaker:inventModel", "Parameters": {}}, "is not recognized"),
        (
            {
                "Resource": f"{SDK}:dynamodb:getItem",
                "Parameters": {"TableName": 7, "Key": {"pk": {"S": "a"}}},
            },
            "'TableName' must be a string",
        ),
    ],
)
def test_a_definition_that_aws_refuses_is_refused(
    machine: Callable[..., str], task: dict[str, Any], wrong: str
) -> None:
    """CreateStateMachine checks each task's parameters against the service's own model."""
    with pytest.raises(ClientError) as caught:
        machine(task)
    error = caught.value.response["Error"]
    assert error["Code"] == "InvalidDefinition"
    assert wrong in error["Message"]
    assert "/States/Task" in error["Message"]


def test_templates_are_refused_too(client: Client) -> None:
    """The same check when CloudFormation makes the machine; the stack tells the field."""
    name = f"states-{uuid.uuid4().hex[:6]}"
    task = {"Resource": f"{SDK}:sqs:sendMessage", "Parameters": {"QueueUrl": "q", "Body": "b"}}
    states = {"Task": {"Type": "Task", "End": True, **task}}
    properties = {
        "RoleArn": make_role(client, "states"),
        "DefinitionString": json.dumps({"StartAt": "Task", "States": states}),
    }
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    formation = client("cloudformation")
    template = json.dumps({"Resources": {"Machine": machine}})
    formation.create_stack(StackName=name, TemplateBody=template)

    def reasons() -> Any:
        stack = formation.describe_stacks(StackName=name)["Stacks"][0]
        if not stack["StackStatus"].startswith("ROLLBACK"):
            return None
        events = formation.describe_stack_events(StackName=name)["StackEvents"]
        return " ".join(event.get("ResourceStatusReason", "") for event in events)

    assert "field 'Body' is not supported" in eventually(reasons)


def test_a_function_is_invoked_as_the_role_and_its_error_keeps_its_name(
    machine: Callable[..., str], run: Callable[..., Any], function: Callable[..., str]
) -> None:
    """The payload comes back decoded; errorType is the error; no permission, no call."""
    name = function(
        """
        class Odd(Exception): pass
        def handler(event, context):
            if event["fail"]:
                raise Odd("no rows")
            return {"seen": event["fail"]}
        """
    )
    task = {
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": name, "Payload.$": "$"},
        "OutputPath": "$.Payload",
    }
    allowed = machine(task, allow("lambda:InvokeFunction"))
    assert json.loads(run(allowed, fail=False)["output"]) == {"seen": False}
    failed = run(allowed, fail=True)
    assert failed["error"] == "Odd"
    assert json.loads(failed["cause"])["errorMessage"] == "no rows"
    denied = run(machine(task), fail=False)
    assert denied["error"] == "Lambda.AWSLambdaException"
    assert "lambda:InvokeFunction" in denied["cause"]


@pytest.fixture(scope="module")
def training(client: Client) -> Callable[[str], dict[str, Any]]:
    """A createTrainingJob.sync task over one line of training code."""
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    for wheel in ("setuptools-1-py3-none-any.whl", "wheel-1-py3-none-any.whl"):
        s3.put_object(Bucket=BUCKET, Key=f"code/{wheel}", Body=b"")
    role = make_role(client, "sagemaker", allow("s3:*"))

    def task(source: str) -> dict[str, Any]:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            entry = tarfile.TarInfo("train.py")
            entry.size = len(source)
            archive.addfile(entry, io.BytesIO(source.encode()))
        s3.put_object(Bucket=BUCKET, Key="code/sourcedir.tar.gz", Body=buffer.getvalue())
        data = {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/code"}
        parameters = {
            "TrainingJobName.$": "$.name",
            "RoleArn": role,
            "AlgorithmSpecification": {
                "TrainingImage": "x/tests-image:1",
                "TrainingInputMode": "File",
            },
            "HyperParameters": {
                "sagemaker_program": '"train.py"',
                "sagemaker_submit_directory": '"/opt/ml/input/data/code/sourcedir.tar.gz"',
            },
            "InputDataConfig": [{"ChannelName": "code", "DataSource": {"S3DataSource": data}}],
            "Environment": {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/opt/ml/input/data/code"},
            "EnableNetworkIsolation": True,
            "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
            "ResourceConfig": {
                "InstanceType": "ml.m5.large",
                "InstanceCount": 1,
                "VolumeSizeInGB": 1,
            },
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        }
        resource = "arn:aws:states:::sagemaker:createTrainingJob.sync"
        return {"Resource": resource, "Parameters": parameters}

    return task


RIGHTS = allow(
    "sagemaker:CreateTrainingJob",
    "sagemaker:DescribeTrainingJob",
    "sagemaker:StopTrainingJob",
    "sagemaker:AddTags",
    "iam:PassRole",
)


def test_sync_waits_for_the_job_and_gives_its_description(
    machine: Callable[..., str],
    run: Callable[..., Any],
    training: Callable[[str], dict[str, Any]],
) -> None:
    """The task's output is the completed job's; a name that is taken has AWS's error name."""
    arn = machine(training("import os; open(os.environ['SM_MODEL_DIR'] + '/m', 'w')"), RIGHTS)
    name = f"sync-{uuid.uuid4().hex[:6]}"
    output = json.loads(run(arn, name=name)["output"])
    assert output["TrainingJobStatus"] == "Completed"
    assert output["ModelArtifacts"]["S3ModelArtifacts"].endswith(f"{name}/output/model.tar.gz")
    assert run(arn, name=name)["error"] == "SageMaker.ResourceInUseException"


def test_sync_fails_with_the_jobs_reason(
    machine: Callable[..., str],
    run: Callable[..., Any],
    training: Callable[[str], dict[str, Any]],
) -> None:
    """States.TaskFailed, with the description of the failed job as the cause."""
    arn = machine(training("raise SystemExit('one class only')"), RIGHTS)
    facts = run(arn, name=f"sync-{uuid.uuid4().hex[:6]}")
    assert facts["error"] == "States.TaskFailed"
    assert "one class only" in json.loads(facts["cause"])["FailureReason"]


def test_a_machine_without_pass_role_starts_no_job(
    machine: Callable[..., str],
    run: Callable[..., Any],
    training: Callable[[str], dict[str, Any]],
) -> None:
    """The cause names iam:PassRole and the role."""
    arn = machine(training("pass"), allow("sagemaker:*"))
    facts = run(arn, name=f"sync-{uuid.uuid4().hex[:6]}")
    assert facts["error"] == "SageMaker.AmazonSageMakerException"
    assert "iam:PassRole" in facts["cause"]


def test_stopping_the_execution_stops_its_job(
    client: Client,
    machine: Callable[..., str],
    training: Callable[[str], dict[str, Any]],
) -> None:
    """Nothing trains on after StopExecution, and the execution stays ABORTED."""
    arn, name = machine(training("import time; time.sleep(60)"), RIGHTS), uuid.uuid4().hex[:12]
    states, sagemaker = client("stepfunctions"), client("sagemaker")
    execution = states.start_execution(stateMachineArn=arn, input=json.dumps({"name": name}))[
        "executionArn"
    ]

    def training_now() -> bool:
        names = sagemaker.list_training_jobs(NameContains=name, StatusEquals="InProgress")
        return bool(names["TrainingJobSummaries"])

    eventually(training_now)
    states.stop_execution(executionArn=execution)

    def stopped() -> bool:
        facts = sagemaker.describe_training_job(TrainingJobName=name)
        return bool(facts["TrainingJobStatus"] == "Stopped")

    eventually(stopped)
    assert states.describe_execution(executionArn=execution)["status"] == "ABORTED"


def test_a_time_out_ends_the_task(
    machine: Callable[..., str],
    run: Callable[..., Any],
    training: Callable[[str], dict[str, Any]],
) -> None:
    """TimeoutSeconds is a bound on work: real seconds, and States.Timeout."""
    task = {**training("import time; time.sleep(60)"), "TimeoutSeconds": 1}
    facts = run(machine(task, RIGHTS), name=f"late-{uuid.uuid4().hex[:6]}")
    assert facts["error"] == "States.Timeout"


def test_sdk_answers_have_upper_case_keys_and_iso_times(
    client: Client, machine: Callable[..., str], run: Callable[..., Any]
) -> None:
    """As Step Functions gives them: the next state's paths depend on it."""
    name = f"sdk-{uuid.uuid4().hex[:6]}"
    client("codedeploy").create_application(applicationName=name, computePlatform="Lambda")
    task = {
        "Resource": f"{SDK}:codedeploy:getApplication",
        "Parameters": {"ApplicationName": name},
    }
    facts = run(machine(task, allow("codedeploy:GetApplication")))
    application = json.loads(facts["output"])["Application"]
    assert (application["ApplicationName"], application["ComputePlatform"]) == (name, "Lambda")
    assert application["CreateTime"][10] == "T"
