"""The release, step by step: what may go live, what is put back, what is written down."""

import hashlib
import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from release_fakes import FakeCodeDeploy, FakeLambda

from functions.release import table
from functions.release.context import Clients, Release
from functions.release.errors import (
    AlarmStillOn,
    ArtifactRefused,
    Conflict,
    Locked,
    SmokeFailed,
    StillMoving,
)
from functions.release.settings import Settings
from functions.release.steps import STEPS
from penstock import artifact

SETTINGS = Settings(
    environment="dev", table_name="table", artifacts_bucket="artifacts",
    predict_function="predict", alias="live", code_bucket="code", code_key="asset.zip",
    codedeploy_application="app", deployment_group="group", verdict_alarm="verdict",
    predict_log_group="/predict", stack_name="Penstock-dev-triage",
)  # fmt: skip
CANARY = {
    "percent": 10, "minutes": 5, "min_samples": 30, "max_latency_ratio": 2.0,
    "max_latency_ms": 50.0, "max_refused_delta": 0.05, "ks_alpha": 0.001,
    "max_score_shift": 0.1,
}  # fmt: skip
FEATURES = "def features(columns):\n    return columns\n"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:release"
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

    def deploy(self, features: str, personal: bool = False) -> None:
        columns = [{"name": "a", "personal": personal}]
        usecase = {"name": "triage", "serving": {"canary": CANARY}, "columns": columns}
        (self.folder / "usecase.json").write_text(json.dumps(usecase))
        (self.folder / "features.py").write_text(features)

    def code(self, text: str = "code") -> None:
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("functions/predict/handler.py", text)
            archive.writestr("model/stale.json", "from nowhere")
        self.s3.put_object(Bucket="code", Key="asset.zip", Body=packed.getvalue())

    def model(
        self, name: str, status: str = "Approved", features: str = FEATURES, lineage: str = ""
    ) -> str:
        """An artifact, registered as the train state machine does it: its package's ARN."""
        source = self.folder / name
        source.mkdir(exist_ok=True)
        files = dict.fromkeys(artifact.FILES, name)
        golden = [{"request": {"instances": [{"a": i}]}, "expected": _scores(i)} for i in (1, 2)]
        files["golden.jsonl"] = "\n".join(json.dumps(line) for line in golden) + "\n"
        files |= {"features.py": features, "lineage.json": lineage or name}
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
                },
            )["ModelPackageArn"]
        )

    def release(self, execution: str = ME) -> Release:
        return Release(
            SETTINGS, execution, self.aws, self.folder, lambda: self.clock, lambda seconds: None
        )

    def run(self, state: dict[str, Any], *steps: str) -> dict[str, Any]:
        """The steps as the machine calls them: each output kept under the step's name."""
        for step in steps:
            state = state | {step: STEPS[step](state, self.release())}
            json.dumps(state)  # what flows is JSON
        return state

    def traffic(self, version: str, scores: list[float], latency_ms: float = 10.0) -> None:
        lines = [
            {"prediction_id": "x", "function_version": version, "score": s, "refused": False,
             "latency_ms": latency_ms, "_aws": {}}
            for s in scores
        ]  # fmt: skip
        events = [{"timestamp": self.now_ms(), "message": json.dumps(line)} for line in lines]
        events.append({"timestamp": self.now_ms(), "message": "START RequestId: x Version: 1"})
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


def _scores(a: float) -> dict[str, Any]:
    return {"predictions": [{"score": a / 10}]}


def _right(version: str, request: dict[str, Any]) -> dict[str, Any]:
    return _scores(request["instances"][0]["a"])


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        made = World(tmp_path)
        made.function.answer = _right
        yield made


PREPARE = ("lock", "plan", "publish", "smoke")


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


def test_the_first_release_takes_all_traffic_after_its_golden_requests(world: World) -> None:
    state = first(world)
    assert state["plan"]["first"] is True
    assert state["smoke"] == {"requests": 2, "max_abs_error": 0.0}
    assert state["settle"]["result"] == "promoted"
    assert state["settle"]["percent_steps"] == [100]
    assert world.function.alias is not None
    assert world.function.alias["FunctionVersion"] == state["publish"]["version"]
    current = champion(world)
    assert current is not None
    assert current["version"] == state["publish"]["version"]
    assert current["artifact_sha256"] == state["plan"]["model"]["artifact_sha256"]
    # the initial version, without a model, is neither champion nor predecessor nor live
    assert state["record"]["deleted_versions"] == ["1"]
    assert state["unlock"] == {"released": True}


def test_the_package_holds_code_and_the_served_files_alone(world: World) -> None:
    state = first(world)
    with zipfile.ZipFile(io.BytesIO(world.function.code)) as archive:
        names, said = archive.namelist(), json.loads(archive.read("model/release.json"))
    assert names == [
        "functions/predict/handler.py", "model/contract.json", "model/encoding.json",
        "model/features.py", "model/model.onnx", "model/release.json",
    ]  # fmt: skip
    assert said == {
        name: state["plan"]["model"][name]
        for name in ("model_package_arn", "dataset_version", "artifact_sha256", "training_job")
    }
    left = world.s3.list_objects_v2(Bucket="artifacts", Prefix="releases/")
    assert left["KeyCount"] == 0, "the staged package is gone"


def test_the_same_code_and_model_make_the_same_bytes(world: World) -> None:
    state = first(world)
    again = world.run(state, "publish")
    assert again["publish"]["code_sha256"] == state["publish"]["code_sha256"]


def test_a_use_case_with_personal_columns_keeps_one_masking_key(world: World) -> None:
    world.deploy(FEATURES, personal=True)
    keys = []
    for name in ("m1", "m2"):
        world.run({"reason": "model", "model_package_arn": world.model(name)}, "plan", "publish")
        with zipfile.ZipFile(io.BytesIO(world.function.code)) as archive:
            keys.append(json.loads(archive.read("model/release.json"))["hmac_key"])
    assert len(keys[0]) == 64
    assert keys[0] == keys[1]


def test_what_is_already_live_is_not_released_again(world: World) -> None:
    state = first(world)
    again = world.run({k: state[k] for k in ("reason", "model_package_arn")}, "lock", "plan")
    assert again["plan"]["action"] == "nothing_to_release"
    done = world.run(again, "record", "unlock")
    assert done["record"]["result"] == "nothing_to_release"


def test_a_retraining_that_made_the_same_model_again_is_not_released(world: World) -> None:
    """Another package, another artifact with another lineage, and nothing to canary."""
    begun = first(world)
    arn = world.model("m1", lineage="of a later training")
    planned = world.run({"reason": "model", "model_package_arn": arn}, "plan")["plan"]
    assert arn != begun["model_package_arn"]
    assert planned["model"]["artifact_sha256"] != begun["plan"]["model"]["artifact_sha256"]
    assert planned["action"] == "nothing_to_release"
    assert planned["why"] == "version 2 already serves this code and model"


def test_an_event_of_the_stack_before_any_model_finds_nothing(world: World) -> None:
    state = world.run({"reason": "code"}, "plan")
    assert state["plan"]["action"] == "nothing_to_release"
    assert state["plan"]["why"] == "no model yet"


def test_new_code_is_released_with_the_champions_model(world: World) -> None:
    begun = first(world)
    assert world.run({"reason": "code"}, "plan")["plan"]["action"] == "nothing_to_release"
    world.function.configuration["MemorySize"] = 1024
    planned = world.run({"reason": "code"}, "plan")["plan"]
    assert planned["action"] == "release"
    assert planned["model"] == begun["plan"]["model"]


def test_a_package_that_is_not_approved_stays_out(world: World) -> None:
    arn = world.model("m1", status="PendingManualApproval")
    state = world.run({"reason": "model", "model_package_arn": arn}, "plan")
    assert state["plan"]["action"] == "nothing_to_release"
    assert "PendingManualApproval" in state["plan"]["why"]


def test_weights_left_by_a_broken_release_are_cleared_first(world: World) -> None:
    first(world)
    state = canary(world)
    new = state["publish"]["version"]
    with pytest.raises(StillMoving):
        world.run({"reason": "code"}, "plan")
    world.codedeploy.deployments["d-1"]["status"] = "Stopped"
    for deployment in world.codedeploy.deployments.values():
        deployment["status"] = "Stopped"
    assert world.function.alias is not None
    assert new in world.function.alias["RoutingConfig"]["AdditionalVersionWeights"]
    world.run({"reason": "code"}, "plan")
    assert "RoutingConfig" not in world.function.alias


def test_another_artifact_than_the_registered_one_is_refused(world: World) -> None:
    state = world.run({"reason": "model", "model_package_arn": world.model("m1")}, "plan")
    other = state["plan"]["model"] | {"artifact_sha256": "0" * 64}
    with pytest.raises(ArtifactRefused, match="as registered"):
        world.run({"plan": {"model": other}}, "publish")


def test_an_overwritten_artifact_does_not_matter_its_version_does(world: World) -> None:
    state = world.run({"reason": "model", "model_package_arn": world.model("m1")}, "plan")
    key = "models/triage/m1/output/model.tar.gz"
    world.s3.put_object(Bucket="artifacts", Key=key, Body=b"someone else's")
    assert world.run(state, "publish")["publish"]["version"] == "2"


def test_code_that_the_deployed_use_case_does_not_name_is_refused(world: World) -> None:
    arn = world.model("m1", features="import os\n" + FEATURES)
    state = world.run({"reason": "model", "model_package_arn": arn}, "plan")
    with pytest.raises(ArtifactRefused, match="train a model on it"):
        world.run(state, "publish")
    assert world.function.code == b"the stack's own", "and the function is not touched"


def test_a_writer_in_between_makes_publish_start_again(world: World) -> None:
    state = world.run({"reason": "model", "model_package_arn": world.model("m1")}, "plan")
    world.function.before_publish = [lambda: world.function.write(b"a stack update")]
    published = world.run(state, "publish")["publish"]
    assert world.function.versions[published["version"]]["CodeSha256"] == published["code_sha256"]
    assert world.function.codes[published["version"]] != b"a stack update"


def test_other_bytes_are_never_published_even_under_the_same_revision(world: World) -> None:
    state = world.run({"reason": "model", "model_package_arn": world.model("m1")}, "plan")
    world.function.before_publish = [lambda: setattr(world.function, "code", b"other")]
    world.run(state, "publish")
    assert b"other" not in world.function.codes.values()


def test_a_writer_who_never_rests_is_a_conflict(world: World) -> None:
    state = world.run({"reason": "model", "model_package_arn": world.model("m1")}, "plan")
    world.function.before_publish = [lambda: world.function.write(b"again") for _ in range(9)]
    with pytest.raises(Conflict, match="3 attempts"):
        world.run(state, "publish")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"predictions": [{"score": 0.1001}]}, "off by"),
        ({"predictions": []}, "0 predictions"),
        ({"error": {"status": 400, "message": "no"}}, "no"),
        ({"predictions": [{"score": float("nan")}]}, "off by nan"),
        (RuntimeError("it broke"), "it broke"),
    ],
)
def test_a_version_that_answers_otherwise_fails_its_smoke_test(
    world: World, answer: Any, said: str
) -> None:
    arn = world.model("m1")
    world.function.answer = lambda version, request: answer
    state = world.run({"reason": "model", "model_package_arn": arn}, "plan", "publish")
    with pytest.raises(SmokeFailed, match=said) as failed:
        world.run(state, "smoke")
    assert "golden.jsonl line 1" in str(failed.value)


def test_a_good_canary_is_promoted_and_the_old_champion_kept(world: World) -> None:
    old = first(world)["publish"]["version"]
    state = canary(world)
    new = state["publish"]["version"]
    spec = json.loads(state["start"]["content"])["Resources"][0]["predict"]["Properties"]
    assert spec == {"Name": "predict", "Alias": "live", "CurrentVersion": old, "TargetVersion": new}
    for version in (old, new):
        world.traffic(version, [i / 40 for i in range(40)])
    state = world.run(state, "judge")
    assert state["judge"]["verdict"] == "good", state["judge"]
    assert state["judge"]["samples"] == {"champion": 40, "canary": 40}
    end(world, state, new, "Succeeded")
    state = world.run(state, "settle", "record")
    assert state["record"]["result"] == "promoted"
    assert state["settle"]["percent_steps"] == [10, 100]
    current, previous = champion(world), champion(world, "previous")
    assert current is not None
    assert previous is not None
    assert (current["version"], previous["version"]) == (new, old)
    assert sorted(world.function.versions) == [old, new]


def test_a_slow_canary_is_judged_bad_and_settled_as_rolled_back(world: World) -> None:
    old = first(world)["publish"]["version"]
    state = canary(world)
    world.traffic(old, [i / 40 for i in range(40)])
    world.traffic(state["publish"]["version"], [i / 40 for i in range(40)], latency_ms=400)
    state = world.run(state, "judge")
    assert state["judge"]["verdict"] == "bad"
    assert "p95 latency 400.0 ms" in state["judge"]["why"]
    assert world.verdict() == 1.0
    end(world, state, old, "Stopped")
    state = world.run(state, "settle", "record")
    assert state["record"]["result"] == "rolled_back"
    assert "latency" in state["record"]["why"]
    assert state["record"]["deleted_versions"] == []  # its last answers are still under way
    current = champion(world)
    assert current is not None
    assert current["version"] == old


def test_a_bad_verdict_does_not_turn_good_again(world: World) -> None:
    old = first(world)["publish"]["version"]
    state = canary(world)
    new = state["publish"]["version"]
    world.traffic(old, [0.1] * 40)
    world.traffic(new, [0.9] * 40)
    state = world.run(state, "judge")
    assert state["judge"]["verdict"] == "bad"
    world.traffic(old, [0.9] * 4000)
    assert world.run(state, "judge")["judge"]["verdict"] == "bad"


def test_traffic_before_the_canary_and_of_other_versions_does_not_count(world: World) -> None:
    old = first(world)["publish"]["version"]
    world.clock -= 600
    world.traffic(old, [0.5] * 40)
    world.clock += 600
    state = canary(world)
    world.traffic("99", [0.5] * 40)
    world.traffic(old, [0.5] * 3)
    assert world.run(state, "judge")["judge"]["samples"] == {"champion": 3, "canary": 0}


def test_a_canary_that_no_one_tried_is_bad_while_there_is_time_to_roll_back(world: World) -> None:
    first(world)
    state = canary(world)
    assert state["start"]["checks_total"] == 10
    verdicts = []
    for _ in range(10):
        state = world.run(state, "judge")
        verdicts.append(state["judge"]["verdict"])
    assert verdicts == ["waiting"] * 6 + ["bad"] * 4
    assert "too little traffic" in state["judge"]["why"]


def test_a_silent_promotion_without_a_good_verdict_is_put_back(world: World) -> None:
    old = first(world)["publish"]["version"]
    state = world.run(canary(world), "judge")
    assert state["judge"]["verdict"] == "waiting"
    end(world, state, state["publish"]["version"], "Succeeded")
    state = world.run(state, "settle")
    assert state["settle"]["result"] == "rolled_back"
    assert world.function.alias is not None
    assert world.function.alias["FunctionVersion"] == old


def test_a_deployment_that_failed_by_itself_is_no_verdict_on_the_model(world: World) -> None:
    old = first(world)["publish"]["version"]
    state = world.run(canary(world), "judge")
    assert state["judge"]["verdict"] == "waiting"
    end(world, state, old, "Failed")
    world.codedeploy.deployments["d-1"]["errorInformation"] = {"message": "no permission"}
    state = world.run(state, "settle")
    assert state["settle"]["result"] == "failed"
    assert "no permission" in state["settle"]["why"]
    assert state["settle"]["live_version"] == old


def test_a_silent_rollback_is_not_reported_as_a_success(world: World) -> None:
    old = first(world)["publish"]["version"]
    state = canary(world)
    new = state["publish"]["version"]
    for version in (old, new):
        world.traffic(version, [i / 40 for i in range(40)])
    state = world.run(state, "judge")
    end(world, state, old, "Failed")
    world.codedeploy.deployments["d-1"]["errorInformation"] = {"message": "an alarm was on"}
    state = world.run(state, "settle", "record")
    assert state["record"] | {"deleted_versions": 0} == {
        "result": "rolled_back", "why": "an alarm was on", "version": new, "deleted_versions": 0,
    }  # fmt: skip


def test_weights_that_stay_after_the_end_are_cleared_and_it_failed(world: World) -> None:
    old = first(world)["publish"]["version"]
    state = canary(world)
    new = state["publish"]["version"]
    for version in (old, new):
        world.traffic(version, [i / 40 for i in range(40)])
    state = world.run(state, "judge")
    world.codedeploy.deployments["d-1"]["status"] = "Succeeded"  # and the alias is still split
    state = world.run(state, "settle")
    assert state["settle"]["result"] == "failed"
    assert world.function.alias is not None
    assert world.function.alias["FunctionVersion"] == old
    assert "RoutingConfig" not in world.function.alias


def test_an_error_stops_the_canary_and_waits_for_its_rollback(world: World) -> None:
    old = first(world)["publish"]["version"]
    cause = json.dumps({"errorMessage": "it broke", "errorType": "KeyError"})
    state = canary(world) | {"error": {"Error": "KeyError", "Cause": cause}}
    with pytest.raises(StillMoving):
        world.run(state, "settle")
    with pytest.raises(StillMoving):  # the roll-back itself is not stopped
        world.run(state, "settle")
    assert [d["status"] for d in world.codedeploy.deployments.values()] == ["Stopped", "InProgress"]
    world.codedeploy.finish_rollbacks()
    state = world.run(state, "settle", "record", "unlock")
    assert state["record"]["result"] == "failed"
    assert state["record"]["why"] == "KeyError: it broke"
    assert world.function.alias is not None
    assert world.function.alias["FunctionVersion"] == old


def test_a_canary_does_not_begin_under_the_last_ones_alarm(world: World) -> None:
    first(world)
    world.aws.cloudwatch.set_alarm_state(AlarmName="verdict", StateValue="ALARM", StateReason="x")
    with pytest.raises(AlarmStillOn):
        canary(world)


def test_an_execution_that_never_got_the_lock_changes_nothing(world: World) -> None:
    state = {"reason": "code", "error": {"Error": "Locked", "Cause": "held"}}
    state = world.run(state, "settle", "record", "unlock")
    assert state["record"]["result"] == "failed"
    assert state["settle"]["live_version"] is None
    assert state["unlock"] == {"released": False}


def _execution(world: World, name: str) -> str:
    states = world.aws.stepfunctions
    definition = {"StartAt": "w", "States": {"w": {"Type": "Wait", "Seconds": 99, "End": True}}}
    machine = states.create_state_machine(
        name="release",
        definition=json.dumps(definition),
        roleArn="arn:aws:iam::123456789012:role/r",
    )["stateMachineArn"]
    return str(states.start_execution(stateMachineArn=machine, name=name)["executionArn"])


def test_a_second_release_waits_for_the_first(world: World) -> None:
    mine = _execution(world, "first")
    STEPS["lock"]({}, world.release(mine))
    STEPS["lock"]({}, world.release(mine))  # a retry of the holder
    with pytest.raises(Locked, match="is running"):
        STEPS["lock"]({}, world.release("arn:other"))
    assert STEPS["unlock"]({}, world.release("arn:other")) == {"released": False}
    assert STEPS["unlock"]({}, world.release(mine)) == {"released": True}
    STEPS["lock"]({}, world.release("arn:other"))


def test_the_lock_of_an_execution_that_ended_is_taken_over(world: World) -> None:
    ended = _execution(world, "ended")
    STEPS["lock"]({}, world.release(ended))
    world.aws.stepfunctions.stop_execution(executionArn=ended)
    got = STEPS["lock"]({}, world.release(ME))
    assert got["taken_over_from"] == ended
    # and one whose execution AWS has forgotten
    got = STEPS["lock"]({}, world.release(ME + "2"))
    assert got["taken_over_from"] == ME


def test_history_says_what_became_of_each_release(world: World) -> None:
    first(world)
    rows = world.aws.dynamodb.query(
        TableName="table",
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": {"S": "history#triage"}},
    )["Items"]
    (row,) = [table.decode(r) for r in rows]
    assert row["sk"].endswith("#me")
    assert (row["result"], row["percent_steps"], row["reason"]) == ("promoted", [100], "model")
