"""The release, step by step: what may go live, what is put back, what is written down."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import release_world
from release_world import (
    FEATURES,
    ME,
    World,
    canary,
    champion,
    end,
    first,
    history,
)

from functions.release.errors import (
    AlarmStillOn,
    ArtifactRefused,
    Conflict,
    Locked,
    SmokeFailed,
    StillMoving,
)
from functions.release.model import SAID
from functions.release.steps import STEPS


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from release_world.made(tmp_path, monkeypatch)


def test_the_first_release_takes_all_traffic_after_its_golden_requests(world: World) -> None:
    state = first(world)
    assert state["plan"]["at_once"] is True
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
    assert said == {name: state["plan"]["model"][name] for name in SAID}
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
    assert state["record"] == {
        "result": "rolled_back", "why": "an alarm was on", "version": new, "tried": new,
        "deleted_versions": [],
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
    STEPS["lock"]({"reason": "code"}, world.release(mine))
    STEPS["lock"]({"reason": "code"}, world.release(mine))  # a retry of the holder
    with pytest.raises(Locked, match="is running"):
        STEPS["lock"]({"reason": "code"}, world.release("arn:other"))
    assert STEPS["unlock"]({}, world.release("arn:other")) == {"released": False}
    assert STEPS["unlock"]({}, world.release(mine)) == {"released": True}
    STEPS["lock"]({"reason": "code"}, world.release("arn:other"))


def test_the_lock_of_an_execution_that_ended_is_taken_over(world: World) -> None:
    ended = _execution(world, "ended")
    STEPS["lock"]({"reason": "code"}, world.release(ended))
    world.aws.stepfunctions.stop_execution(executionArn=ended)
    got = STEPS["lock"]({"reason": "code"}, world.release(ME))
    assert got["taken_over_from"] == ended
    # and one whose execution AWS has forgotten
    got = STEPS["lock"]({"reason": "code"}, world.release(ME + "2"))
    assert got["taken_over_from"] == ME


def test_history_says_what_became_of_each_release(world: World) -> None:
    first(world)
    (row,) = history(world)
    assert row["sk"].endswith("#me")
    assert (row["result"], row["percent_steps"], row["reason"]) == ("promoted", [100], "model")
