"""The road itself: the order of its states, what begins them, what takes a canary back."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from synthesis import Assembly, text

BANNED = {
    "AWS::Lambda::Version": "CloudFormation would publish versions behind the release's back",
    "AWS::Lambda::Alias": "CloudFormation would move traffic at each update",
    "AWS::SageMaker::Endpoint": "bills while idle",
    "AWS::Kinesis::Stream": "bills while idle",
    "AWS::CloudWatch::Dashboard": "bills while idle",
    "AWS::SecretsManager::Secret": "bills while idle",
    "AWS::EC2::NatGateway": "bills while idle",
}


def machine(assembly: Assembly, stack: str, name: str) -> dict[str, Any]:
    (found,) = [
        resource
        for id, resource in assembly.resources(stack, "AWS::StepFunctions::StateMachine").items()
        if id.startswith(name)
    ]
    return json.loads(text(found["Properties"]["DefinitionString"]))  # type: ignore[no-any-return]


def road(definition: dict[str, Any], choices: dict[str, str]) -> Iterator[str]:
    """The states on the way on which each choice is taken as told."""
    name: str | None = definition["StartAt"]
    seen = set()
    while name is not None and name not in seen:
        seen.add(name)
        yield name
        state = definition["States"][name]
        name = choices[name] if state["Type"] == "Choice" else state.get("Next")


def test_training_runs_its_stages_in_order(assembly: Assembly) -> None:
    for stack in assembly.usecase_stacks:
        definition = machine(assembly, stack, "Train")
        way = road(definition, {"Passed?": "Registered"})
        tasks = [s for s in way if definition["States"][s]["Type"] == "Task"]
        assert tasks == ["Prepare", "Train", "Evaluate", "Register"]


def test_a_release_runs_its_steps_in_order(assembly: Assembly) -> None:
    choices = {"Anything to release?": "Publish", "At once?": "Start", "Done?": "Settle"}
    for stack in assembly.usecase_stacks:
        definition = machine(assembly, stack, "Release")
        way = road(definition, choices | {"Result?": "Promoted"})
        assert [s for s in way if definition["States"][s]["Type"] in ("Task", "Wait")] == [
            "Lock", "Plan", "Publish", "Smoke", "Start", "Deploy", "Bake", "Judge", "Look",
            "Settle", "Record", "Unlock",
        ]  # fmt: skip


def test_a_rollback_is_an_alias_move_under_the_lock(assembly: Assembly) -> None:
    for stack in assembly.usecase_stacks:
        way = road(
            machine(assembly, stack, "Release"),
            {"Anything to release?": "Restore", "Result?": "Restored"},
        )
        assert list(way) == [
            "Lock", "Plan", "Anything to release?", "Restore", "Settle", "Record", "Unlock",
            "Result?", "Restored",
        ]  # fmt: skip


def test_a_second_release_waits_as_long_as_the_first_may_take(assembly: Assembly) -> None:
    for stack in assembly.usecase_stacks:
        definition = machine(assembly, stack, "Release")
        locked = next(
            r for r in definition["States"]["Lock"]["Retry"] if "Locked" in r["ErrorEquals"]
        )
        assert locked["MaxAttempts"] * locked["MaxDelaySeconds"] >= definition["TimeoutSeconds"] / 2


def test_whatever_fails_in_a_release_ends_in_unlock(assembly: Assembly) -> None:
    definition = machine(assembly, assembly.usecase_stacks[0], "Release")
    for name, state in definition["States"].items():
        if state["Type"] != "Task" or name == "Unlock":
            continue
        (catch,) = state["Catch"]
        assert catch["ErrorEquals"] == ["States.ALL"]
        way = list(road({**definition, "StartAt": catch["Next"]}, {"Result?": "ReleaseFailed"}))
        assert "Unlock" in way, name
        assert "Settle" in way or name in ("Settle", "Record"), name


def test_a_canary_is_taken_back_by_the_verdict_alone(assembly: Assembly) -> None:
    """Drift and health alarms are often on for reasons that a release is the cure of."""
    for stack in assembly.usecase_stacks:
        (group,) = assembly.resources(stack, "AWS::CodeDeploy::DeploymentGroup").values()
        alarms = group["Properties"]["AlarmConfiguration"]
        (name,) = [alarm["Name"]["Ref"] for alarm in alarms["Alarms"]]
        verdict = assembly.resources(stack, "AWS::CloudWatch::Alarm")[name]["Properties"]
        assert alarms["Enabled"]
        assert (verdict["Namespace"], verdict["MetricName"]) == ("Penstock", "release_verdict")
        assert verdict["TreatMissingData"] == "notBreaching"
        rollback = group["Properties"]["AutoRollbackConfiguration"]
        assert rollback["Enabled"]
        assert "DEPLOYMENT_STOP_ON_ALARM" in rollback["Events"]


def test_every_rule_is_of_its_own_environment(assembly: Assembly) -> None:
    """Two environments in one account must not start each other's machines."""
    for stack in assembly.usecase_stacks:
        environment = stack.split("-")[1]
        for name, rule in assembly.resources(stack, "AWS::Events::Rule").items():
            pattern = json.dumps(rule["Properties"]["EventPattern"])
            own = (
                f'"{environment}"', f"-{environment}-", "AWS::StackId", '"Fn::GetAtt"',
                '"stateMachineArn": [{"Ref": ',
            )  # fmt: skip
            assert any(mark in pattern for mark in own), f"{name}: {pattern}"


def test_a_use_case_trains_on_the_events_that_it_names(assembly: Assembly) -> None:
    for stack in assembly.usecase_stacks:
        inputs = [
            text(target.get("InputTransformer", {}).get("InputTemplate", target.get("Input", "")))
            for rule in assembly.resources(stack, "AWS::Events::Rule").values()
            for target in rule["Properties"]["Targets"]
        ]
        assert sum("dataset" in value for value in inputs) == 1, inputs
        assert sum("drift" in value for value in inputs) == 1, inputs


def test_how_trainings_and_releases_end_is_heard_and_told_by_one_function(
    assembly: Assembly,
) -> None:
    """Of both machines, also that one ran out of time, of which no alarm knows."""
    for stack in assembly.usecase_stacks:
        (rule,) = [
            resource["Properties"]
            for resource in assembly.resources(stack, "AWS::Events::Rule").values()
            if resource["Properties"]["EventPattern"]["source"] == ["aws.states"]
        ]
        detail = rule["EventPattern"]["detail"]
        machines = {machine["Ref"] for machine in detail["stateMachineArn"]}
        assert machines == {
            name
            for name in assembly.resources(stack, "AWS::StepFunctions::StateMachine")
            if name.startswith(("TrainRoad", "ReleaseRoad"))
        }
        assert detail["status"] == ["SUCCEEDED", "FAILED", "TIMED_OUT"]
        (target,) = rule["Targets"]
        assert target["Arn"]["Fn::GetAtt"][0].startswith("TellFunction")


def test_a_rejected_model_ends_with_its_package_and_its_reason(assembly: Assembly) -> None:
    states = machine(assembly, assembly.usecase_stacks[0], "Train")["States"]
    said = states["GatesFailed"]["CausePath"]
    assert "$.register.ModelPackageArn" in said
    assert "$.evaluate.description" in said


@pytest.mark.parametrize("banned", sorted(BANNED))
def test_nothing_is_made_that_must_not_be(assembly: Assembly, banned: str) -> None:
    for stack in assembly.stacks:
        assert not assembly.resources(stack, banned), f"{stack}: {BANNED[banned]}"


def test_an_idle_use_case_stays_within_its_budget(assembly: Assembly) -> None:
    """At $0.10 an alarm and $0.30 a metric, idle use cases would add up."""
    for stack in assembly.usecase_stacks:
        alarms = assembly.resources(stack, "AWS::CloudWatch::Alarm").values()
        assert len(alarms) <= 6
        ours = {
            a["Properties"]["MetricName"]
            for a in alarms
            if a["Properties"]["Namespace"] == "Penstock"
        }
        assert len(ours) <= 4


def test_training_has_no_network_and_brings_its_wheels(assembly: Assembly) -> None:
    job = machine(assembly, assembly.usecase_stacks[0], "Train")["States"]["Train"]["Parameters"]
    assert job["EnableNetworkIsolation"] is True
    assert job["Environment"]["PIP_NO_INDEX"] == "1"
    code = [c for c in job["InputDataConfig"] if c["ChannelName"] == "code"]
    key = code[0]["DataSource"]["S3DataSource"]["S3Uri"].rstrip(">").rsplit("/", 1)[-1]
    directory = json.loads(job["HyperParameters"]["sagemaker_submit_directory"])
    assert directory == f"/opt/ml/input/data/code/{key}"


def test_the_alias_is_made_once_and_the_teardown_goes_first(assembly: Assembly) -> None:
    """CloudFormation deletes in reverse: what depends on all others is deleted before them."""
    for stack in assembly.usecase_stacks:
        (live,) = assembly.resources(stack, "Custom::LiveAlias")
        (teardown,) = assembly.resources(stack, "Custom::Teardown").values()
        needed = set(teardown["DependsOn"])
        for type_ in (
            "AWS::StepFunctions::StateMachine",
            "AWS::CodeDeploy::DeploymentGroup",
            "AWS::SageMaker::ModelPackageGroup",
        ):
            assert set(assembly.resources(stack, type_)) <= needed
        assert live in needed
        emptied = teardown["Properties"]["EmptyPrefixes"]
        assert bool(emptied) == ("-dev-" in stack)


def test_a_cool_down_a_cap_and_a_pause_are_no_failures(assembly: Assembly) -> None:
    """A drift alarm that stays on would otherwise page someone at every look."""
    states = machine(assembly, assembly.usecase_stacks[0], "Train")["States"]
    caught = {catch["ErrorEquals"][0]: catch["Next"] for catch in states["Prepare"]["Catch"]}
    assert caught == {name: name for name in ("CoolingDown", "MonthlyCap", "LoopPaused")}
    assert all(states[name]["Type"] == "Succeed" for name in caught)
