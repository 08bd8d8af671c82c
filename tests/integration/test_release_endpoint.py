"""The release of an endpoint, step by step: what may answer, what is taken back, what is left."""

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import endpoint_world
import pytest
from endpoint_world import END, LIVE, SLUG, TRIAL, EndpointWorld, canary, first
from release_world import PREPARE, champion, history, right

from functions.release.endpoint.steps import STEPS
from functions.release.errors import ReplayFailed, SmokeFailed, StillMoving

SPREAD = [i / 50 for i in range(50)]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EndpointWorld]:
    yield from endpoint_world.made(tmp_path, monkeypatch)


def test_the_first_release_makes_the_endpoint_after_its_golden_requests(
    world: EndpointWorld,
) -> None:
    state = first(world)
    version = state["publish"]["version"]
    assert state["plan"]["at_once"] is True
    assert state["smoke"] == {"requests": 2, "max_abs_error": 0.0}
    assert (state["settle"]["result"], world.config) == ("promoted", version)
    assert set(world.sagemaker.endpoints) == {LIVE}, "the trial endpoint is gone"
    assert set(world.sagemaker.configs) == {version}, "and its configuration"
    current = champion(world)
    assert current is not None
    assert current["version"] == version
    assert version.startswith(f"{SLUG}-{state['plan']['fingerprint'][:8]}-")


def test_a_model_holds_the_code_and_the_artifacts_served_files_and_no_other_model(
    world: EndpointWorld,
) -> None:
    version = first(world)["publish"]["version"]
    made = world.sagemaker.models[version]
    assert made["EnableNetworkIsolation"] is True
    assert made["PrimaryContainer"]["Environment"] == {"USECASE": "triage", "MODEL_NAME": version}
    url = made["PrimaryContainer"]["ModelDataUrl"]
    assert url == f"s3://artifacts/endpoints/triage/{version}.tar.gz"
    body = world.s3.get_object(Bucket="artifacts", Key=url.split("/", 3)[3])["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as packed:
        files = {member.name: packed.extractfile(member) for member in packed}
        onnx = files["model.onnx"]
        assert onnx is not None
        assert onnx.read() == b"m1"
    assert sorted(files) == [
        "code/inference.py", "contract.json", "encoding.json", "features.py", "model.onnx",
        "model.ubj", "release.json",
    ]  # fmt: skip


def test_a_wrong_golden_answer_never_reaches_the_endpoint_and_leaves_no_trial(
    world: EndpointWorld,
) -> None:
    first(world)
    before = world.config
    world.sagemaker.answer = lambda model, request: {"predictions": [{"score": 0.99}]}
    state = world.run(world.begin("m2"), "lock", "plan", "publish")
    with pytest.raises(SmokeFailed, match=r"off by"):
        world.run(state, "smoke")
    state = world.run(state | {"error": {"Error": "SmokeFailed", "Cause": "off"}}, *END)
    assert (state["settle"]["result"], world.config) == ("failed", before)
    assert set(world.sagemaker.endpoints) == {LIVE}
    assert set(world.sagemaker.models) == {before}, "the refused model is gone with its archive"
    assert world.s3.list_objects_v2(Bucket="artifacts", Prefix="endpoints/")["KeyCount"] == 1


def test_a_model_that_does_not_start_is_refused_with_sagemakers_reason(
    world: EndpointWorld,
) -> None:
    state = world.run(world.begin("m1"), "lock", "plan", "publish")
    world.sagemaker.broken.add(state["publish"]["version"])
    with pytest.raises(SmokeFailed, match="no ping"):
        world.run(state, "smoke")
    state = world.run(state | {"error": {"Error": "SmokeFailed", "Cause": "no ping"}}, *END)
    assert state["settle"]["result"] == "failed"
    assert not world.sagemaker.endpoints
    assert not world.sagemaker.configs
    assert not world.sagemaker.models


def test_a_trial_that_a_broken_off_release_left_is_not_taken_for_this_one(
    world: EndpointWorld,
) -> None:
    old = world.run(world.begin("m1"), "lock", "plan", "publish")
    with pytest.raises(StillMoving):
        STEPS["smoke"](old, world.release())
    asked: list[str] = []

    def answer(model: str, request: dict[str, Any]) -> dict[str, Any]:
        asked.append(model)
        return right(model, request)

    world.sagemaker.answer = answer
    state = world.run(world.begin("m2"), *PREPARE)
    assert set(asked) == {state["publish"]["version"]}


def test_a_good_canary_is_promoted_and_the_predecessor_is_kept_alone(world: EndpointWorld) -> None:
    versions = [first(world)["publish"]["version"]]
    for name in ("m2", "m3"):
        state = canary(world, name)
        version = state["publish"]["version"]
        world.traffic(versions[-1], SPREAD)
        world.traffic(version, SPREAD)
        state = world.run(state, "judge")
        assert state["judge"]["verdict"] == "good", state["judge"]["why"]
        world.sagemaker.finish(LIVE)
        state = world.run(state, *END)
        assert (state["settle"]["result"], world.config) == ("promoted", version)
        assert state["settle"]["percent_steps"] == [10, 100]
        versions.append(version)
    assert set(world.sagemaker.models) == set(world.sagemaker.configs) == set(versions[1:])


def test_sagemaker_shifts_by_the_use_cases_canary_and_listens_to_the_verdict_alone(
    world: EndpointWorld,
) -> None:
    first(world)
    state = world.run(world.begin("m2"), *PREPARE, "start")
    asked = state["start"]["deployment"]
    assert asked["AutoRollbackConfiguration"] == {"Alarms": [{"AlarmName": "verdict"}]}
    policy = asked["BlueGreenUpdatePolicy"]
    assert policy["TrafficRoutingConfiguration"] == {
        "Type": "CANARY", "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10},
        "WaitIntervalInSeconds": 300,
    }  # fmt: skip
    assert policy["MaximumExecutionTimeoutInSeconds"] > 300
    world.serve(strategy="linear")
    state = world.run(state, "start")
    routing = state["start"]["deployment"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert routing["Type"] == "LINEAR"
    assert routing["LinearStepSize"] == {"Type": "CAPACITY_PERCENT", "Value": 10}


def test_the_judge_counts_from_when_the_new_instances_take_traffic(world: EndpointWorld) -> None:
    first(world)
    state = canary(world)
    del world.sagemaker.endpoints[LIVE]["stage"]
    state = world.run(state, "judge", "judge")
    assert state["judge"]["verdict"] == "waiting"
    assert "checks_done" not in state["judge"]
    world.sagemaker.bake(LIVE)
    state = world.run(state, "judge", "judge")
    assert state["judge"]["checks_done"] == 2


def test_shifted_scores_are_bad_and_what_sagemaker_took_back_is_rolled_back(
    world: EndpointWorld,
) -> None:
    old = first(world)["publish"]["version"]
    state = canary(world)
    world.traffic(old, SPREAD)
    world.traffic(state["publish"]["version"], [0.9 + s / 10 for s in SPREAD])
    state = world.run(state, "judge")
    assert state["judge"]["verdict"] == "bad"
    assert world.verdict() == 1.0
    world.sagemaker.finish(LIVE, failure="alarms were triggered: verdict")
    state = world.run(state, *END)
    assert (state["settle"]["result"], world.config) == ("rolled_back", old)
    assert "scores differ" in history(world)[-1]["why"]


def test_failures_of_the_endpoint_beyond_the_champions_share_are_the_challengers(
    world: EndpointWorld,
) -> None:
    old = first(world)["publish"]["version"]
    state = canary(world)
    world.traffic(old, SPREAD)
    world.traffic(state["publish"]["version"], SPREAD[:20])
    state = world.run(state, "judge")
    for metric, value in (("Invocations", 80), ("Invocation5XXErrors", 10)):
        world.aws.cloudwatch.put_metric_data(
            Namespace="AWS/SageMaker",
            MetricData=[{
                "MetricName": metric, "Value": value, "Timestamp": world.clock,
                "Dimensions": [{"Name": "EndpointName", "Value": LIVE},
                               {"Name": "VariantName", "Value": "AllTraffic"}],
            }],
        )  # fmt: skip
    world.clock += 60
    state = world.run(state, "judge")
    assert state["judge"]["verdict"] == "bad"
    assert state["judge"]["why"] == "10 of 30 invocations failed"


def test_an_update_that_was_taken_back_without_a_word_is_no_success(world: EndpointWorld) -> None:
    old = first(world)["publish"]["version"]
    state = canary(world)
    for version in (old, state["publish"]["version"]):
        world.traffic(version, SPREAD)
    state = world.run(state, "judge")
    assert state["judge"]["verdict"] == "good"
    world.sagemaker.finish(LIVE, failure="capacity")
    state = world.run(state, *END)
    assert state["settle"]["result"] == "rolled_back"
    assert champion(world)["version"] == old  # type: ignore[index]


def test_new_instances_that_do_not_come_up_say_nothing_of_the_model(world: EndpointWorld) -> None:
    old = first(world)["publish"]["version"]
    state = canary(world)
    del world.sagemaker.endpoints[LIVE]["stage"]
    state = world.run(state, "judge")
    world.sagemaker.finish(LIVE, failure="no capacity")
    state = world.run(state, *END)
    assert (state["settle"]["result"], world.config) == ("failed", old)
    assert "no capacity" in state["settle"]["why"]


def test_a_broken_off_release_is_taken_back_by_its_own_alarm(world: EndpointWorld) -> None:
    """An update cannot be stopped; whoever comes next condemns what nobody judges."""
    old = first(world)["publish"]["version"]
    canary(world)
    world.clock += 60
    with pytest.raises(StillMoving):
        STEPS["plan"]({"reason": "code"}, world.release())
    assert world.verdict() == 1.0
    world.sagemaker.finish(LIVE, failure="alarms were triggered: verdict")
    state = world.run({"reason": "code"}, "plan")
    assert (state["plan"]["action"], world.config) == ("nothing_to_release", old)


def test_a_rollback_is_one_update_to_the_predecessor(world: EndpointWorld) -> None:
    old = first(world)["publish"]["version"]
    state = canary(world)
    new = state["publish"]["version"]
    for version in (old, new):
        world.traffic(version, SPREAD)
    state = world.run(state, "judge")
    world.sagemaker.finish(LIVE)
    world.run(state, *END)
    assert world.config == new
    world.clock += 60
    state = world.run({"reason": "rollback"}, "lock", "plan", "restore", *END)
    assert (state["settle"]["result"], world.config) == ("restored", old)
    assert champion(world)["version"] == old  # type: ignore[index]
    assert history(world)[-1]["result"] == "restored"


def test_a_predecessor_of_another_mode_is_not_gone_back_to(world: EndpointWorld) -> None:
    state = first(world)
    row = {"version": "7", "fingerprint": "f", "promoted_at": "x", **state["plan"]["model"]}
    item = {"pk": "champion#triage", "sk": "previous"} | row
    world.aws.dynamodb.put_item(
        TableName="table", Item={name: {"S": value} for name, value in item.items()}
    )
    world.clock += 60
    state = world.run({"reason": "rollback"}, "lock", "plan")
    assert state["plan"]["action"] == "nothing_to_release"
    assert "no endpoint's" in state["plan"]["why"]


def test_after_a_change_of_mode_the_champions_model_is_released_on_the_endpoint(
    world: EndpointWorld,
) -> None:
    state = first(world)
    version = state["publish"]["version"]
    world.sagemaker.endpoints.clear()
    world.clock += 60
    state = world.run({"reason": "code"}, *PREPARE, "promote", *END)
    assert state["plan"]["at_once"] is True
    assert state["settle"]["result"] == "promoted"
    assert world.config == state["publish"]["version"] != version


def test_an_endpoint_that_has_failed_is_made_anew(world: EndpointWorld) -> None:
    """SageMaker lets one do nothing with it but delete it."""
    state = first(world)
    version = state["publish"]["version"]
    world.sagemaker.endpoints[LIVE] |= {"EndpointStatus": "Failed", "FailureReason": "lost"}
    world.clock += 60
    state = world.run({"reason": "code"}, *PREPARE, "promote", *END)
    assert state["settle"]["result"] == "promoted"
    assert world.config == state["publish"]["version"] != version


def test_a_serverless_endpoint_goes_all_at_once_on_what_it_may_have(world: EndpointWorld) -> None:
    world.serve("serverless_endpoint", "all_at_once")
    first(world)
    state = world.run(world.begin("m2"), *PREPARE, "promote", *END)
    version = state["publish"]["version"]
    assert (state["settle"]["result"], world.config) == ("promoted", version)
    (variant,) = world.sagemaker.configs[version]["ProductionVariants"]
    assert variant["ServerlessConfig"] == {"MemorySizeInMB": 2048, "MaxConcurrency": 5}
    assert world.sagemaker.models[version]["EnableNetworkIsolation"] is False


def test_scaling_ends_before_an_update_and_is_back_after_it(world: EndpointWorld) -> None:
    world.serve(max_instances=4)
    first(world)
    assert world.scaling.target is not None
    assert world.scaling.target["MaxCapacity"] == 4
    state = world.run(world.begin("m2"), *PREPARE, "start")
    assert world.scaling.target is None
    assert state["start"]["retain"] is True, "as many instances as the traffic had asked for"
    world.run(state | {"error": {"Error": "x", "Cause": "y"}}, "settle")
    assert world.scaling.target is not None


def shadowed(world: EndpointWorld) -> dict[str, Any]:
    """A challenger that stands beside the champion."""
    world.serve(strategy="shadow")
    first(world)
    return world.run(world.begin("m2"), *PREPARE, "mirror")


def answer(world: EndpointWorld, version: str, kind: str, shift: float) -> None:
    rows = [
        {kind: f"{version}-{i}", "row_id": f"r{i}", "a": i, "score": score + shift,
         "label": str(score + shift > 0.5)}
        for i, score in enumerate(SPREAD)
    ]  # fmt: skip
    world.records(version, rows)


def test_a_shadow_gets_the_requests_and_its_records_are_its_own(world: EndpointWorld) -> None:
    state = shadowed(world)
    old, twin = state["plan"]["alias_version"], state["mirror"]["version"]
    found = world.sagemaker.configs[world.config or ""]
    assert [one["ModelName"] for one in found["ProductionVariants"]] == [old]
    assert [one["ModelName"] for one in found["ShadowProductionVariants"]] == [twin]
    environment = world.sagemaker.models[twin]["PrimaryContainer"]["Environment"]
    assert (environment["SHADOW"], environment["MODEL_NAME"]) == ("1", twin)


def test_a_shadow_that_agrees_goes_on_to_its_canary_from_the_champion_alone(
    world: EndpointWorld,
) -> None:
    state = shadowed(world)
    old = state["plan"]["alias_version"]
    assert world.run(state, "compare")["compare"]["verdict"] == "waiting"
    answer(world, old, "prediction_id", 0.0)
    answer(world, state["mirror"]["version"], "shadow_id", 0.0)
    state = world.run(state, "compare", "unmirror")
    assert (state["compare"]["verdict"], state["compare"]["rows"]) == ("good", 50)
    assert world.config == old


def test_a_shadow_that_disagrees_ends_the_release_and_the_champion_stands_alone(
    world: EndpointWorld,
) -> None:
    state = shadowed(world)
    old = state["plan"]["alias_version"]
    answer(world, old, "prediction_id", 0.0)
    answer(world, state["mirror"]["version"], "shadow_id", 0.08)
    with pytest.raises(ReplayFailed, match=r"8\.0% of 50 labels"):
        world.run(state, "compare")
    state = world.run(state | {"error": {"Error": "ReplayFailed", "Cause": "8 %"}}, *END)
    assert (world.config, champion(world)["version"]) == (old, old)  # type: ignore[index]
    assert set(world.sagemaker.models) == {old}


def test_a_shadow_that_no_broken_off_release_ends_is_ended_by_the_next(
    world: EndpointWorld,
) -> None:
    state = shadowed(world)
    world.clock += 60
    state = world.run({"reason": "code"}, "plan")
    assert state["plan"]["action"] == "nothing_to_release"
    assert world.config == state["plan"]["alias_version"]
    assert "-shadow" not in str(world.config)


def test_what_another_use_case_made_is_left_alone(world: EndpointWorld) -> None:
    """`triage` and `triage-two` both begin with `triage`."""
    strangers = [f"{SLUG}-two-0a1b2c3d-261121152701", f"{SLUG}-handmade"]
    for name in strangers:
        world.sagemaker.models[name] = {}
        world.sagemaker.configs[name] = {}
    first(world)
    assert set(strangers) < set(world.sagemaker.models)
    assert set(strangers) < set(world.sagemaker.configs)
    assert json.dumps(sorted(world.sagemaker.endpoints)) == json.dumps([LIVE])
    assert TRIAL not in world.sagemaker.endpoints
