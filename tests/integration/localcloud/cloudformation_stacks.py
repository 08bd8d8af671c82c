"""Stacks of tests: plain templates, deployed and looked at by botocore."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

Client = Callable[[str], Any]
Template = dict[str, Any]


class Stack:
    """One stack under a name of its own."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.api = client("cloudformation")
        self.name = f"t-{uuid.uuid4().hex[:8]}"

    def create(self, template: Template, **words: Any) -> str:
        self.api.create_stack(**self._request(template, words))
        return self.wait()

    def update(self, template: Template, **words: Any) -> str:
        self.api.update_stack(**self._request(template, words))
        return self.wait()

    def delete(self) -> str:
        self.api.delete_stack(StackName=self.name)
        return self.wait()

    def _request(self, template: Template, words: dict[str, Any]) -> dict[str, Any]:
        given = words.pop("parameters", {})
        return {
            "StackName": self.name,
            "TemplateBody": json.dumps(template),
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()],
            **words,
        }

    def wait(self) -> str:
        end = time.monotonic() + 30
        while (status := self.status()).endswith("IN_PROGRESS"):
            assert time.monotonic() < end, status
            time.sleep(0.03)
        return status

    def status(self) -> str:
        found = self.api.describe_stacks(StackName=self.id())["Stacks"]
        return str(found[0]["StackStatus"])

    def id(self) -> str:
        if not hasattr(self, "_id"):
            self._id = self.api.describe_stacks(StackName=self.name)["Stacks"][0]["StackId"]
        return str(self._id)

    def events(self) -> list[dict[str, Any]]:
        """The oldest first."""
        pages = self.api.get_paginator("describe_stack_events").paginate(StackName=self.id())
        found = [event for page in pages for event in page["StackEvents"]]
        return found[::-1]

    def told(self, logical_id: str) -> list[str]:
        return [e["ResourceStatus"] for e in self.events() if e["LogicalResourceId"] == logical_id]

    def reason(self, logical_id: str, status: str = "CREATE_FAILED") -> str:
        for event in self.events():
            if (event["LogicalResourceId"], event["ResourceStatus"]) == (logical_id, status):
                return str(event["ResourceStatusReason"])
        raise AssertionError(f"{logical_id} was never {status}: {self.told(logical_id)}")

    def physical(self, logical_id: str) -> str:
        found = self.api.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])

    def outputs(self) -> dict[str, str]:
        found = self.api.describe_stacks(StackName=self.name)["Stacks"][0]
        return {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}


@contextmanager
def own_stack(client: Client) -> Iterator[Stack]:
    """A stack that is deleted at the end, if the test has made and not deleted it."""
    made = Stack(client)
    yield made
    try:
        made.api.update_termination_protection(
            EnableTerminationProtection=False, StackName=made.name
        )
        made.delete()
    except ClientError as error:
        if "does not exist" not in str(error):
            raise


def queue(**properties: Any) -> Template:
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


def parameter(value: Any, **others: Any) -> Template:
    return {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Type": "String", "Value": value},
        **others,
    }


def of(**resources: Any) -> Template:
    return {"Resources": resources}


# Answers as a custom resource's function does; its properties say how it is to fail.
ANSWER = """
import json, urllib.request

def answer(event, **words):
    body = {k: event[k] for k in ("StackId", "RequestId", "LogicalResourceId")}
    body.update(PhysicalResourceId=event.get("PhysicalResourceId", "made"), Status="SUCCESS")
    data = json.dumps({**body, **words}).encode()
    request = urllib.request.Request(event["ResponseURL"], data=data, method="PUT")
    urllib.request.urlopen(request).read()

def handler(event, context):
    given = event["ResourceProperties"]
    if given.get("Silent") == "true":
        return
    if given.get("Crash") == "true":
        raise RuntimeError("the provider broke")
    if event["RequestType"] != "Delete" and given.get("Wrong"):
        return answer(event, Status="FAILED", Reason=given["Wrong"])
    if event["RequestType"] == "Update" and given.get("Size") == "1":
        return answer(event, Status="FAILED", Reason="no way back")
    answer(event, Data={"Echo": json.dumps(given, sort_keys=True), "Type": event["RequestType"]})
"""


def role(*statements: dict[str, Any]) -> Template:
    service = {"Service": "lambda.amazonaws.com"}
    trust = {"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    policies = [{"PolicyName": "own", "PolicyDocument": document}] if statements else []
    properties = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": policies,
    }
    return {"Type": "AWS::IAM::Role", "Properties": properties}


def function(code: str, runtime: str, role_id: str = "Role") -> Template:
    properties = {
        "Runtime": runtime,
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": [role_id, "Arn"]},
        "Code": {"ZipFile": code},
        "Timeout": 20,
        "MemorySize": 256,
    }
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def custom(provider_id: str = "Provider", /, **properties: Any) -> Template:
    token = {"Fn::GetAtt": [provider_id, "Arn"]}
    return {"Type": "Custom::Thing", "Properties": {"ServiceToken": token, **properties}}


def python(**resources: Any) -> Template:
    return of(Role=role(), Provider=function(ANSWER, "python3.13"), **resources)
