"""An endpoint's release without its machine: the steps as they are called, a look after a look."""

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from endpoint_fakes import FakeSageMaker, FakeScaling
from release_world import CANARY, ME, PREPARE, World, made_of

from functions.release.endpoint.context import EndpointClients, EndpointRelease, EndpointSettings
from functions.release.endpoint.steps import STEPS
from functions.release.errors import StillMoving

SLUG, LIVE, TRIAL = "penstock-dev-triage", "penstock-dev-triage-live", "penstock-dev-triage-trial"
SETTINGS = EndpointSettings(
    environment="dev", table_name="table", artifacts_bucket="artifacts", code_bucket="code",
    code_key="asset.tar.gz", verdict_alarm="verdict", predict_log_group="/predict",
    stack_name="Penstock-dev-triage", slug=SLUG, endpoint_name=LIVE, trial_name=TRIAL,
    endpoint_role_arn="arn:aws:iam::1:role/endpoint", image_uri="xgboost:3.2-0",
    container_environment='{"USECASE": "triage"}',
)  # fmt: skip
INSTANCES = {
    "instance_type": "ml.m5.large", "instances": 2, "max_instances": None,
    "invocations_per_instance": 1000,
}  # fmt: skip
SERVERLESS = {"memory_mb": 2048, "max_concurrency": 5}
SHADOW = {"requests": 40, "hours": 24, "max_disagreement": 0.05}
END = ("settle", "record", "unlock")


class EndpointWorld(World):
    """As a function's world, with SageMaker in Lambda's place."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.sagemaker, self.scaling = FakeSageMaker(self.aws.sagemaker), FakeScaling()
        clients = EndpointClients()
        clients.__dict__ |= {
            "sagemaker": self.sagemaker, "runtime": self.sagemaker, "scaling": self.scaling,
        }  # fmt: skip
        self.clients = clients
        self.names = 0
        self.serve()

    @property
    def asked(self) -> FakeSageMaker:
        return self.sagemaker

    def serve(self, mode: str = "endpoint", strategy: str = "canary", **settings: Any) -> None:
        self.deploy(
            "def features(columns):\n    return columns\n",
            mode=mode, strategy=strategy, canary=CANARY, shadow=SHADOW,
            endpoint=INSTANCES | settings, serverless_endpoint=SERVERLESS,
        )  # fmt: skip

    def code(self, text: str = "code") -> None:
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as archive:
            for name, data in {"code/inference.py": text, "model.onnx": "from nowhere"}.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data.encode()))
        self.s3.put_object(Bucket="code", Key="asset.tar.gz", Body=packed.getvalue())

    def release(self, execution: str = ME, started: str = "2026-01-01") -> EndpointRelease:  # type: ignore[override]
        return EndpointRelease(
            SETTINGS, execution, started, self.clients, self.folder,
            lambda: self.clock, lambda seconds: None,
        )  # fmt: skip

    def run(self, state: dict[str, Any], *steps: str) -> dict[str, Any]:
        """Each step as often as it says StillMoving, as the machine's Retry does."""
        for step in steps:
            for _ in range(9):
                try:
                    state = state | {step: STEPS[step](state, self.release())}
                    break
                except StillMoving as moving:
                    last = moving
            else:
                raise last
            json.dumps(state)  # what flows is JSON
        return state

    def begin(self, name: str) -> dict[str, Any]:
        """A release's input; a minute later than the last, since its lock's time is in names."""
        self.clock += 60
        return {"reason": "model", "model_package_arn": self.model(name)}

    def update(self, state: dict[str, Any]) -> dict[str, Any]:
        """The machine's own call between start and the judge; its instances take traffic."""
        asked = state["start"]
        self.sagemaker.update_endpoint(
            EndpointName=asked["endpoint"], EndpointConfigName=asked["config"],
            RetainAllVariantProperties=asked["retain"], DeploymentConfig=asked["deployment"],
        )  # fmt: skip
        self.sagemaker.bake(asked["endpoint"])
        return state | {"deployment": {"EndpointArn": "arn"}}

    @property
    def config(self) -> str | None:
        """What callers' requests come to."""
        found = self.sagemaker.endpoints.get(LIVE)
        return str(found["EndpointConfigName"]) if found else None


def made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EndpointWorld]:
    """As a function's."""
    yield from made_of(EndpointWorld, folder, monkeypatch)


def first(world: EndpointWorld, name: str = "m1") -> dict[str, Any]:
    return world.run(world.begin(name), *PREPARE, "promote", *END)


def canary(world: EndpointWorld, name: str = "m2") -> dict[str, Any]:
    """A second model, its canary begun."""
    return world.update(world.run(world.begin(name), *PREPARE, "start"))
