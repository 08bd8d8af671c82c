"""What a teardown finds: executions, a job and a deployment that run, a package, a version."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.ablation.world import World

_WAIT = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 864000, "End": True}}}
_KEPT_OF_A_JOB = (
    "AlgorithmSpecification", "EnableManagedSpotTraining", "EnableNetworkIsolation", "Environment",
    "HyperParameters", "OutputDataConfig", "ResourceConfig", "RoleArn", "StoppingCondition",
)  # fmt: skip


def keep_a_package(world: World) -> None:
    sagemaker, group = world.aws("sagemaker"), world.stack.model_package_group
    found = sagemaker.list_model_packages(ModelPackageGroupName=group)["ModelPackageSummaryList"]
    if found:
        return
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
    sagemaker.create_model_package(
        ModelPackageGroupName=group,
        ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [{"Image": image, "ModelDataUrl": _uri(world)}],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
    )


def _uri(world: World) -> str:
    return f"s3://{world.stack.artifacts_bucket}/models/{world.name}/none/model.tar.gz"


def start_executions(world: World) -> None:
    """One of each machine that does nothing but run on."""
    states = world.aws("stepfunctions")
    for machine in (world.stack.train_state_machine_arn, world.stack.release_state_machine_arn):
        definition = states.describe_state_machine(stateMachineArn=machine)["definition"]
        states.update_state_machine(stateMachineArn=machine, definition=json.dumps(_WAIT))
        states.start_execution(stateMachineArn=machine)
        states.update_state_machine(stateMachineArn=machine, definition=definition)


def start_job(world: World) -> None:
    """As an earlier one, without data: it takes some seconds until it finds out."""
    sagemaker = world.aws("sagemaker")
    jobs = sagemaker.list_training_jobs(NameContains=f"{world.name}-20", MaxResults=1)
    name = jobs["TrainingJobSummaries"][0]["TrainingJobName"]
    found = sagemaker.describe_training_job(TrainingJobName=name)
    sagemaker.create_training_job(
        TrainingJobName=f"{world.name}-20-ablation-{next(world.numbers)}",
        InputDataConfig=[c for c in found["InputDataConfig"] if c["ChannelName"] == "code"],
        **{key: found[key] for key in _KEPT_OF_A_JOB if key in found},
    )


def start_deployment(world: World) -> None:
    """To a new version; another one is left to nobody."""
    old = world.aws("lambda").get_alias(
        FunctionName=world.stack.predict_function_name, Name=world.stack.predict_alias
    )["FunctionVersion"]
    _publish(world)
    properties = {
        "Name": world.stack.predict_function_name,
        "Alias": world.stack.predict_alias,
        "CurrentVersion": old,
        "TargetVersion": _publish(world),
    }
    resource = {"predict": {"Type": "AWS::Lambda::Function", "Properties": properties}}
    content = json.dumps({"version": 0.0, "Resources": [resource]})
    world.aws("codedeploy").create_deployment(
        applicationName=world.application,
        deploymentGroupName=world.deployment_group,
        revision={"revisionType": "AppSpecContent", "appSpecContent": {"content": content}},
    )


def _publish(world: World) -> str:
    client, name = world.aws("lambda"), world.stack.predict_function_name
    client.update_function_configuration(
        FunctionName=name, Description=f"ablation {next(world.numbers)}"
    )
    client.get_waiter("function_updated_v2").wait(
        FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    return str(client.publish_version(FunctionName=name)["Version"])


def left(world: World) -> list[str]:
    """What a teardown should have stopped or removed."""
    found = [f"deployment {one}" for one in world.deployments()]
    states, s3 = world.aws("stepfunctions"), world.aws("s3")
    for machine in (world.stack.train_state_machine_arn, world.stack.release_state_machine_arn):
        running = states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")
        found += [f"execution {one['name']}" for one in running["executions"]]
    packages = world.aws("sagemaker").list_model_packages(
        ModelPackageGroupName=world.stack.model_package_group
    )
    found += [p["ModelPackageArn"] for p in packages["ModelPackageSummaryList"]]
    jobs = world.aws("sagemaker").list_training_jobs(StatusEquals="InProgress")
    found += [job["TrainingJobName"] for job in jobs["TrainingJobSummaries"]]
    for bucket in (world.stack.lake_bucket, world.stack.artifacts_bucket):
        objects: list[dict[str, Any]] = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        found += [item["Key"] for item in objects if f"/{world.name}/" in item["Key"]]
    return found
