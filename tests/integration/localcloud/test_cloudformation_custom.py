"""Custom resources in Python and Node: what they answer, how they fail, what they may see."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from cloudformation_stacks import (
    Client,
    Stack,
    Template,
    custom,
    function,
    of,
    own_stack,
    parameter,
    python,
    queue,
    role,
)


@pytest.fixture
def stack(client: Client) -> Iterator[Stack]:
    with own_stack(client) as made:
        yield made


# As the CDK's own entry point for Node handlers answers: over https, without the port.
NODE = """
const https = require("https");
const { SSMClient, GetParameterCommand } = require("@aws-sdk/client-ssm");
exports.handler = async (event) => {
  const name = event.ResourceProperties.Name;
  let data = {}, status = "SUCCESS", reason;
  try {
    if (event.RequestType !== "Delete") {
      const found = await new SSMClient().send(new GetParameterCommand({ Name: name }));
      data = { Value: found.Parameter.Value, Home: process.env.HOME ?? "none" };
    }
  } catch (error) { status = "FAILED"; reason = error.message; }
  const body = JSON.stringify({
    Status: status, Reason: reason, Data: data, PhysicalResourceId: "node",
    StackId: event.StackId, RequestId: event.RequestId, LogicalResourceId: event.LogicalResourceId,
  });
  const url = new URL(event.ResponseURL);
  await new Promise((resolve, reject) => {
    const request = https.request(
      { hostname: url.hostname, path: url.pathname + url.search, method: "PUT",
        headers: { "content-type": "", "content-length": Buffer.byteLength(body) } },
      (response) => { response.resume(); resolve(); });
    request.on("error", reject);
    request.write(body);
    request.end();
  });
};
"""


def test_a_custom_resource_gets_its_properties_and_gives_attributes(
    stack: Stack, client: Client
) -> None:
    """Numbers and booleans arrive as text, as CloudFormation sends them."""
    echoed = parameter({"Fn::GetAtt": ["Thing", "Echo"]})
    thing = custom(Count=3, Flag=True, List=["a", 1], Map={"k": False})
    assert stack.create(python(Thing=thing, P=echoed)) == "CREATE_COMPLETE"
    found = client("ssm").get_parameter(Name=stack.physical("P"))["Parameter"]["Value"]
    given = json.loads(found)
    del given["ServiceToken"]
    assert given == {"Count": "3", "Flag": "true", "List": ["a", "1"], "Map": {"k": "false"}}
    assert stack.physical("Thing") == "made"


def test_a_custom_resource_that_fails_rolls_back_with_its_reason(stack: Stack) -> None:
    assert stack.create(python(Thing=custom(Wrong="no such thing"))) == "ROLLBACK_COMPLETE"
    assert stack.reason("Thing") == (
        "Received response status [FAILED] from custom resource. Message returned: no such thing"
    )


def test_a_provider_that_breaks_ends_the_wait_with_its_error(stack: Stack) -> None:
    assert stack.create(python(Thing=custom(Crash=True))) in (
        "ROLLBACK_COMPLETE",
        "ROLLBACK_FAILED",
    )
    assert "the provider broke" in stack.reason("Thing")


def test_a_failed_update_sends_the_custom_resource_its_old_properties(
    stack: Stack, client: Client
) -> None:
    told = parameter({"Fn::GetAtt": ["Thing", "Type"]})
    stack.create(python(Thing=custom(Size=3), P=told))
    failing = python(Thing=custom(Size=4), P=told, Bad=queue(VisibilityTimeout=-1, Tags=[]))
    failing["Resources"]["Bad"]["DependsOn"] = "P"
    assert stack.update(failing) == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.told("Thing")[2:] == ["UPDATE_IN_PROGRESS", "UPDATE_COMPLETE"] * 2


def test_a_roll_back_that_fails_says_so_and_is_continued_without_the_resource(
    stack: Stack,
) -> None:
    stack.create(python(Thing=custom(Size=1)))
    failing = python(Thing=custom(Size=2), Bad=queue(VisibilityTimeout=-1))
    failing["Resources"]["Bad"]["DependsOn"] = "Thing"
    assert stack.update(failing) == "UPDATE_ROLLBACK_FAILED"
    assert "no way back" in stack.reason("Thing", "UPDATE_FAILED")
    words = {"StackName": stack.name, "ResourcesToSkip": ["Thing"]}
    stack.api.continue_update_rollback(**words)
    assert stack.wait() == "UPDATE_ROLLBACK_COMPLETE"


def test_silence_times_out_on_the_shrunk_clock(stack: Stack) -> None:
    """120 s of ServiceTimeout are over in 5 (never less: the code is real)."""
    began = time.monotonic()
    silent = python(Thing=custom(Silent=True, ServiceTimeout=120))
    silent["Resources"]["Thing"]["DeletionPolicy"] = "Retain"  # nor would it answer a deletion
    assert stack.create(silent) == "ROLLBACK_COMPLETE"
    assert 4 < time.monotonic() - began < 20
    assert "did not receive a response from your Custom Resource" in stack.reason("Thing")


def node(name: str, *statements: dict[str, Any]) -> Template:
    return of(
        Role=role(*statements),
        Provider=function(NODE, "nodejs22.x"),
        Thing=custom(Name=name),
        Value=parameter({"Fn::GetAtt": ["Thing", "Value"]}),
        Home=parameter({"Fn::GetAtt": ["Thing", "Home"]}),
    )


def test_a_node_handler_uses_awss_sdk_as_its_role_and_sees_nothing_of_ours(
    stack: Stack, client: Client
) -> None:
    name = f"given-{uuid.uuid4().hex[:8]}"
    client("ssm").put_parameter(Name=name, Value="found", Type="String")
    read = {"Effect": "Allow", "Action": "ssm:GetParameter", "Resource": "*"}
    assert stack.create(node(name, read)) == "CREATE_COMPLETE"
    values = [
        client("ssm").get_parameter(Name=stack.physical(one))["Parameter"]["Value"]
        for one in ("Value", "Home")
    ]
    assert values == ["found", "none"]


def test_a_node_handler_without_the_permission_is_denied(stack: Stack) -> None:
    assert stack.create(node("anything")) == "ROLLBACK_COMPLETE"
    assert "is not authorized to perform: ssm:GetParameter" in stack.reason("Thing")
