"""One use case's release without its machine: AWS, models, and the steps as they are called."""

import hashlib
import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import boto3
import mocked
import pytest
from release_fakes import FakeCodeDeploy, FakeLambda

from functions.release import table
from functions.release.context import Clients, FunctionRelease
from functions.release.settings import FunctionSettings
from functions.release.steps import STEPS
from penstock import artifact

SETTINGS = FunctionSettings(
    environment="dev", table_name="table", artifacts_bucket="artifacts",
    predict_function="predict", alias="live", code_bucket="code", code_key="asset.zip",
    codedeploy_application="app", deployment_group="group", verdict_alarm="verdict",
    predict_log_group="/predict", stack_name="Penstock-dev-triage",
)  # fmt: skip
CANARY = {
    "percent": 10, "minutes": 5, "min_samples": 30, "max_latency_ratio": 2.0,
    "max_latency_ms": 50.0, "max_refused_delta": 0.05, "ks_alpha": 0.001,
    "max_score_shift": 0.1, "visible_shift": 0.9,
}  # fmt: skip
FEATURES = "def features(columns):\n    return columns\n"
PREPARE = ("lock", "plan", "publish", "smoke")
ME = "arn:aws:states:us-east-1:123456789012:execution:release:me"


class World:
    """One use case's AWS: moto where moto does the thing, fakes where it does not."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = time.time()  # moto's logs refuse the distant past
        clients = Clients()
        self.s3 = boto3.client("s3")
        for bucket in ("artifacts", "code"):
            self.s3.create_bucket(Bucket=bucket)
        versioning = {"Status": "Enabled"}
        self.s3.put_bucket_versioning(Bucket="artifacts", VersioningConfiguration=versioning)
        self.function = FakeLambda(
            lambda bucket, key: self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        )
        self.codedeploy = FakeCodeDeploy(self.function)
        clients.__dict__ |= {"awslambda": self.function, "codedeploy": self.codedeploy}
        self.aws = clients
        clients.dynamodb.create_table(
            TableName="table",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
        )
        clients.cloudwatch.put_metric_alarm(
            AlarmName="verdict", MetricName="release_verdict", Namespace="Penstock",
            Period=60, EvaluationPeriods=1, Threshold=1, Statistic="Maximum",
            ComparisonOperator="GreaterThanOrEqualToThreshold",
        )  # fmt: skip
        clients.logs.create_log_group(logGroupName="/predict")
        clients.logs.create_log_stream(logGroupName="/predict", logStreamName="s")
        clients.sagemaker.create_model_package_group(ModelPackageGroupName="group")
        self.deploy(FEATURES)
        self.code()
        initial = self.function.publish_version("predict")["Version"]
        self.function.create_alias("predict", "live", initial)

    @property
    def asked(self) -> Any:
        """Who answers requests: its `answer` says how."""
        return self.function

    def deploy(self, features: str, personal: bool = False, **serving: Any) -> None:
        columns = [{"name": "a", "type": "float", "personal": personal}]
        serving = {"strategy": "canary", "canary": CANARY} | serving
        usecase = {"name": "triage", "serving": serving, "columns": columns}
        (self.folder / "usecase.json").write_text(json.dumps(usecase))
        (self.folder / "features.py").write_text(features)

    def code(self, text: str = "code") -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("functions/predict/handler.py", text)
            archive.writestr("model/stale.json", "from nowhere")
        self.s3.put_object(Bucket="code", Key="asset.zip", Body=packed.getvalue())

    def model(
        self,
        name: str,
        status: str = "Approved",
        features: str = FEATURES,
        lineage: str = "",
        columns: tuple[str, ...] = ("a",),
        expected_shift: str = "none",
    ) -> str:
        """An artifact, registered as the train state machine does it: its package's ARN."""
        source = self.folder / name
        source.mkdir(exist_ok=True)
        files = dict.fromkeys((*artifact.FILES, "model.ubj"), name)
        golden = [{"request": {"instances": [{"a": i}]}, "expected": scores(i)} for i in (1, 2)]
        files["golden.jsonl"] = "\n".join(json.dumps(line) for line in golden) + "\n"
        files |= {"features.py": features, "lineage.json": lineage or name}
        files["contract.json"] = json.dumps({"columns": [{"name": c} for c in columns]})
        for file, text in files.items():
            (source / file).write_text(text)
        packed = self.folder / f"{name}.tar.gz"
        artifact.pack(source, packed)
        key = f"models/triage/{name}/output/model.tar.gz"
        put = self.s3.put_object(Bucket="artifacts", Key=key, Body=packed.read_bytes())
        return str(
            self.aws.sagemaker.create_model_package(
                ModelPackageGroupName="group",
                ModelApprovalStatus=status,
                InferenceSpecification={
                    "Containers": [{"Image": "i"}],
                    "SupportedContentTypes": ["application/json"],
                    "SupportedResponseMIMETypes": ["application/json"],
                },
                CustomerMetadataProperties={
                    "artifact_uri": f"s3://artifacts/{key}",
                    "artifact_version_id": put["VersionId"],
                    "artifact_sha256": hashlib.sha256(packed.read_bytes()).hexdigest(),
                    "model_sha256": artifact.identity(source),
                    "dataset_version": "d1",
                    "training_job": name,
                    "metrics_uri": "s3://artifacts/m",
                    "baseline_uri": "s3://artifacts/b",
                    "expected_shift": expected_shift,
                },
            )["ModelPackageArn"]
        )

    def release(self, execution: str = ME, started: str = "2026-01-01") -> FunctionRelease:
        return FunctionRelease(
            SETTINGS, execution, started, self.aws, self.folder,
            lambda: self.clock, lambda seconds: None,
        )  # fmt: skip

    def run(self, state: dict[str, Any], *steps: str) -> dict[str, Any]:
        """The steps as the machine calls them: each output kept under the step's name."""
        for step in steps:
            state = state | {step: STEPS[step](state, self.release())}
            json.dumps(state)  # what flows is JSON
        return state

    def traffic(self, version: str, scores: list[float], latency_ms: float = 10.0) -> None:
        self.records(
            version, [{"prediction_id": "x", "score": s, "latency_ms": latency_ms} for s in scores]
        )

    def records(self, version: str, rows: list[dict[str, Any]]) -> None:
        """Prediction records on predict's log, among Lambda's own lines."""
        shared = {
            "function_version": version, "score": 0.5, "refused": False, "latency_ms": 10.0,
            "_aws": {},
        }  # fmt: skip
        lines = [json.dumps(shared | row) for row in rows] + ["START RequestId: x Version: 1"]
        events = [{"timestamp": self.now_ms(), "message": line} for line in lines]
        self.aws.logs.put_log_events(logGroupName="/predict", logStreamName="s", logEvents=events)

    def now_ms(self) -> int:
        return int(self.clock * 1000)

    def verdict(self) -> float:
        found = self.aws.cloudwatch.get_metric_data(
            StartTime=time.time() - 3600, EndTime=time.time() + 3600,  # moto walks every minute
            MetricDataQueries=[{"Id": "v", "MetricStat": {"Period": 60, "Stat": "Maximum",
                "Metric": {"Namespace": "Penstock", "MetricName": "release_verdict",
                "Dimensions": [{"Name": "usecase", "Value": "triage"},
                               {"Name": "environment", "Value": "dev"}]}}}],
        )  # fmt: skip
        return max(found["MetricDataResults"][0]["Values"])


W = TypeVar("W", bound=World)


def scores(a: float) -> dict[str, Any]:
    return {"predictions": [{"score": a / 10}]}


def right(version: str, request: dict[str, Any]) -> dict[str, Any]:
    return scores(request["instances"][0]["a"])


def made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """For a fixture: a world that answers its golden requests rightly."""
    yield from made_of(World, folder, monkeypatch)


def made_of(kind: type[W], folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[W]:
    with mocked.aws(monkeypatch):
        world = kind(folder)
        world.asked.answer = right
        yield world


def first(world: World, name: str = "m1") -> dict[str, Any]:
    begun = {"reason": "model", "model_package_arn": world.model(name)}
    return world.run(begun, *PREPARE, "promote", "settle", "record", "unlock")


def canary(world: World, name: str = "m2") -> dict[str, Any]:
    """A second model, its canary begun: 10 % of the traffic on the new version."""
    begun = {"reason": "model", "model_package_arn": world.model(name)}
    state = world.run(begun, *PREPARE, "start")
    old, new = state["plan"]["alias_version"], state["publish"]["version"]
    world.codedeploy.rolls_back_to = old
    world.function.move(old, {new: 0.1})
    return state | {"deployment": {"DeploymentId": world.codedeploy.begin()}}


def end(world: World, state: dict[str, Any], version: str, status: str) -> None:
    world.codedeploy.deployments[state["deployment"]["DeploymentId"]]["status"] = status
    world.function.move(version)


def champion(world: World, which: str = "current") -> dict[str, Any] | None:
    return table.get(world.release(), table.key("champion", world.release(), which))


def history(world: World) -> list[dict[str, Any]]:
    """The rows of the history, the oldest first."""
    rows = world.aws.dynamodb.query(
        TableName="table",
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": {"S": "history#triage"}},
    )["Items"]
    return [table.decode(row) for row in rows]
