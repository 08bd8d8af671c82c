"""Endpoints in stacks and state machines, out of model packages, and with scaling on record."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import textwrap
import uuid
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cloudformation_stacks import own_stack
from conftest import eventually
from localcloud_endpoints import (
    SCRIPT,
    Client,
    ask,
    config,
    container,
    described,
    endpoint,
    model,
    settled,
    variant,
)
from states_world import States

from localcloud.sagemaker.hosting.facts import ContainerFacts, HostingFailure, ModelFacts
from localcloud.sagemaker.hosting.instance import Instance


@pytest.fixture(scope="module")
def bucket(client: Client) -> str:
    name = f"stacks-{uuid.uuid4().hex[:8]}"
    client("s3").create_bucket(Bucket=name)
    return name


def template(role: str, given: dict[str, Any], maximum: int = 3) -> dict[str, Any]:
    """A model's name is generated, so a change of its data makes another model."""

    def of(kind: str, **properties: Any) -> dict[str, Any]:
        return {"Type": f"AWS::{kind}", "Properties": properties}

    def name(logical_id: str, attribute: str) -> dict[str, Any]:
        return {"Fn::GetAtt": [logical_id, attribute]}

    one = {
        "VariantName": "AllTraffic",
        "ModelName": name("Model", "ModelName"),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        "InitialVariantWeight": 1,
    }
    resource_id = {"Fn::Sub": "endpoint/${Endpoint.EndpointName}/variant/AllTraffic"}
    tracking = {
        "TargetValue": 70,
        "PredefinedMetricSpecification": {
            "PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"
        },
    }
    return {
        "Resources": {
            "Model": of("SageMaker::Model", PrimaryContainer=given, ExecutionRoleArn=role),
            "Config": of("SageMaker::EndpointConfig", ProductionVariants=[one]),
            "Endpoint": of(
                "SageMaker::Endpoint", EndpointConfigName=name("Config", "EndpointConfigName")
            ),
            "Target": of(
                "ApplicationAutoScaling::ScalableTarget",
                ServiceNamespace="sagemaker",
                ScalableDimension="sagemaker:variant:DesiredInstanceCount",
                ResourceId=resource_id,
                MinCapacity=1,
                MaxCapacity=maximum,
            ),
            "Policy": of(
                "ApplicationAutoScaling::ScalingPolicy",
                PolicyName="by-invocations",
                PolicyType="TargetTrackingScaling",
                ScalingTargetId={"Ref": "Target"},
                TargetTrackingScalingPolicyConfiguration=tracking,
            ),
        },
        "Outputs": {
            "Name": {"Value": name("Endpoint", "EndpointName")},
            "Arn": {"Value": {"Ref": "Endpoint"}},
        },
    }


def test_a_stack_makes_changes_and_removes_an_endpoint(
    client: Client, bucket: str, role: str
) -> None:
    def given(word: str) -> dict[str, Any]:
        return container(client, bucket, {"name.txt": word, "code/inference.py": SCRIPT})

    scaling = client("application-autoscaling")
    with own_stack(client) as stack:
        assert stack.create(template(role, given("first"))) == "CREATE_COMPLETE"
        name = stack.outputs()["Name"]
        assert stack.outputs()["Arn"].endswith(f":endpoint/{name}")
        assert ask(client, name)["name"] == "first"
        before = described(client, name)["EndpointConfigName"]
        assert stack.update(template(role, given("second"), 5)) == "UPDATE_COMPLETE"
        assert stack.outputs()["Name"] == name
        assert ask(client, name)["name"] == "second"
        with pytest.raises(ClientError, match="Could not find"):
            client("sagemaker").describe_endpoint_config(EndpointConfigName=before)
        target = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")
        mine = [one for one in target["ScalableTargets"] if name in one["ResourceId"]]
        assert [one["MaxCapacity"] for one in mine] == [5]
        policies = scaling.describe_scaling_policies(ServiceNamespace="sagemaker")
        assert [
            p["PolicyName"] for p in policies["ScalingPolicies"] if name in p["ResourceId"]
        ] == ["by-invocations"]
        assert stack.delete() == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="Could not find endpoint"):
        described(client, name)
    left = scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert not [one for one in left if name in one["ResourceId"]]


def test_a_stack_whose_endpoint_does_not_come_up_is_rolled_back_with_the_reason(
    client: Client, bucket: str, role: str
) -> None:
    given = container(client, bucket, {"weights.txt": "1"})
    with own_stack(client) as stack:
        assert stack.create(template(role, given)) == "ROLLBACK_COMPLETE"
        assert "no inference script" in stack.reason("Endpoint")
    names = [one["EndpointName"] for one in client("sagemaker").list_endpoints()["Endpoints"]]
    assert not [name for name in names if name.startswith(stack.name)]


def test_a_scaling_target_must_be_a_variant_that_exists(client: Client) -> None:
    with pytest.raises(ClientError, match="Could not find a variant"):
        client("application-autoscaling").register_scalable_target(
            ServiceNamespace="sagemaker",
            ScalableDimension="sagemaker:variant:DesiredInstanceCount",
            ResourceId="endpoint/nobody/variant/AllTraffic",
            MinCapacity=1,
            MaxCapacity=2,
        )


def test_only_an_approved_package_becomes_a_model(client: Client, bucket: str, role: str) -> None:
    sagemaker = client("sagemaker")
    group = f"g-{uuid.uuid4().hex[:8]}"
    sagemaker.create_model_package_group(ModelPackageGroupName=group)
    given = container(client, bucket, {"name.txt": "packaged", "code/inference.py": SCRIPT})
    package = sagemaker.create_model_package(
        ModelPackageGroupName=group,
        InferenceSpecification={
            "Containers": [given],
            "SupportedContentTypes": ["application/json"],
            "SupportedResponseMIMETypes": ["application/json"],
        },
        ModelApprovalStatus="PendingManualApproval",
    )["ModelPackageArn"]
    by_package = {"PrimaryContainer": {"ModelPackageName": package}}
    with pytest.raises(ClientError, match="approval status is PendingManualApproval"):
        model(client, bucket, role, **by_package)
    sagemaker.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved")
    name = model(client, bucket, role, **by_package)
    with endpoint(client, config(client, variant(name))) as made:
        assert ask(client, made)["name"] == "packaged"


def test_a_state_machine_makes_and_updates_an_endpoint(
    client: Client, bucket: str, role: str
) -> None:
    first, second = model(client, bucket, role), model(client, bucket, role)
    name, other = f"e-{uuid.uuid4().hex[:8]}", f"c-{uuid.uuid4().hex[:8]}"

    def task(action: str, then: str | None, **parameters: Any) -> dict[str, Any]:
        found = {
            "Type": "Task",
            "Resource": f"arn:aws:states:::{action}",
            "Parameters": parameters,
            "ResultPath": None,
        }
        return {**found, "Next": then} if then else {**found, "End": True}

    made = States(client, role)
    ended = made.run(
        {
            "Configure": task(
                "sagemaker:createEndpointConfig",
                "Create",
                EndpointConfigName=other,
                ProductionVariants=[variant(first)],
            ),
            "Create": task(
                "sagemaker:createEndpoint", None, EndpointName=name, EndpointConfigName=other
            ),
        }
    )
    assert ended["status"] == "SUCCEEDED", ended
    assert settled(client, name)["EndpointStatus"] == "InService"
    newer = config(client, variant(second))
    described_by_sdk = task("aws-sdk:sagemaker:describeEndpoint", None, EndpointName=name)
    described_by_sdk.pop("ResultPath")
    ended = made.run(
        {
            "Update": task(
                "sagemaker:updateEndpoint", "Look", EndpointName=name, EndpointConfigName=newer
            ),
            "Look": described_by_sdk,
        }
    )
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"])["EndpointName"] == name
    assert settled(client, name)["EndpointConfigName"] == newer
    assert ask(client, name)["name"] == second
    client("sagemaker").delete_endpoint(EndpointName=name)


class Lines:
    """Stands for the log of a container."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write(self, line: str) -> None:
        self.lines.append(line)

    def tail(self, characters: int) -> str:
        return "\n".join(self.lines)[-characters:]

    def flush(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def own_image(tmp_path: Path) -> Path:
    """An interpreter with an executable `serve` beside it."""
    folder = tmp_path / "image/bin"
    folder.mkdir(parents=True)
    (folder / "python").symlink_to(sys.executable)
    serve = folder / "serve"
    source = """
        #!{python}
        import os, sys
        from http.server import BaseHTTPRequestHandler, HTTPServer

        class Handler(BaseHTTPRequestHandler):
            def answer(self, body):
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def do_GET(self): self.answer(b"")
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.answer(" ".join([*sys.argv[1:], os.environ["WORD"]]).encode() + b" " + body)

        port = int(os.environ["SAGEMAKER_BIND_TO_PORT"])
        HTTPServer(("127.0.0.1", port), Handler).serve_forever()
    """
    serve.write_text(textwrap.dedent(source).strip().replace("{python}", sys.executable))
    serve.chmod(0o755)
    return folder / "python"


def test_an_images_own_serve_is_run_and_ends_with_its_instance(
    own_image: Path, tmp_path: Path
) -> None:
    facts = ContainerFacts("primary", "1.dkr/own:1", {"WORD": "said"})
    made = ModelFacts("m", "arn:aws:iam::1:role/r", (facts,), isolated=True)
    instance = Instance(made, tmp_path / "i", {"own": own_image}, lambda _: Lines())  # type: ignore[arg-type,return-value]
    _start(instance)
    assert instance.invoke(b"hello", {}).body == b"serve said hello"
    assert _processes(tmp_path)
    instance.stop()
    assert not _processes(tmp_path)


def test_a_serve_that_ends_at_once_is_reported_with_its_last_words(
    own_image: Path, tmp_path: Path
) -> None:
    own_image.with_name("serve").write_text("#!/bin/sh\necho no licence found\nexit 3\n")
    facts = ContainerFacts("primary", "1.dkr/own:1")
    made = ModelFacts("m", "arn:aws:iam::1:role/r", (facts,), isolated=True)
    instance = Instance(made, tmp_path / "i", {"own": own_image}, lambda _: Lines())  # type: ignore[arg-type,return-value]
    with pytest.raises(HostingFailure, match=r"did not pass the ping.*no licence found"):
        _start(instance)


def _start(instance: Instance) -> None:
    """Its model has no data, so that no cloud is needed."""
    instance.start(seconds=20)


def _processes(directory: Path) -> list[str]:
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended
            found.append(place.read_bytes().replace(b"\0", b" ").decode())
    return [words for words in found if str(directory) in words]


def test_nothing_of_a_deleted_endpoint_runs_on(client: Client, bucket: str, role: str) -> None:
    with endpoint(client, config(client, variant(model(client, bucket, role)))) as name:
        pid = ask(client, name)["pid"]
        os.kill(pid, 0)

    def gone() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return False

    assert eventually(gone)
