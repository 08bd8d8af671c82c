"""The hook before any traffic is shifted: the new version must answer."""

import os

import boto3

codedeploy = boto3.client("codedeploy")
lambda_ = boto3.client("lambda")


def handler(event, context):
    answer = lambda_.invoke(FunctionName=os.environ["TARGET"], Payload=b'{"ping": true}')
    healthy = answer["Payload"].read() == b'"pong"'
    print(f"{os.environ['TARGET']} healthy: {healthy}")
    codedeploy.put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status="Succeeded" if healthy else "Failed",
    )
