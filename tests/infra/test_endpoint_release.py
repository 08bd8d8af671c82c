"""The release of an endpoint: its states, what takes traffic back, and that nothing stays."""

from dataclasses import fields
from typing import Any

from synthesis import Assembly, many, statements, text
from test_road import machine, road

from functions.release.endpoint.context import EndpointSettings

CANARY, SHADOW, SERVERLESS = "endpoint", "endshadow", "serverless"
CHOICES = {
    "Anything to release?": "Publish", "At once?": "Start", "Done?": "Settle",
    "Result?": "Promoted", "Alike?": "Unmirror",
}  # fmt: skip


def stack(usecase: str) -> str:
    return f"Penstock-dev-{usecase}"


def way(assembly: Assembly, usecase: str, **choices: str) -> list[str]:
    definition = machine(assembly, stack(usecase), "Release")
    states = road(definition, CHOICES | choices)
    return [s for s in states if definition["States"][s]["Type"] in ("Task", "Wait")]


def test_a_canary_is_sagemakers_update_while_the_judge_looks_on(modes: Assembly) -> None:
    assert way(modes, CANARY) == [
        "Lock", "Plan", "Publish", "Smoke", "Start", "Update", "Bake", "Judge", "Look",
        "Settle", "Record", "Unlock",
    ]  # fmt: skip


def test_a_shadow_stands_beside_the_champion_before_its_canary(modes: Assembly) -> None:
    found = way(modes, SHADOW, **{"At once?": "Mirror"})
    assert found[3:9] == ["Smoke", "Mirror", "Watch", "Compare", "Unmirror", "Start"]


def test_a_serverless_endpoint_knows_no_shift(modes: Assembly) -> None:
    assert way(modes, SERVERLESS, **{"At once?": "Promote"}) == [
        "Lock", "Plan", "Publish", "Smoke", "Promote", "Settle", "Record", "Unlock",
    ]  # fmt: skip
    states = machine(modes, stack(SERVERLESS), "Release")["States"]
    assert not {"Start", "Update", "Judge"} & set(states)


def test_every_step_that_waits_for_sagemaker_is_called_again_and_all_are_caught(
    modes: Assembly,
) -> None:
    states = machine(modes, stack(SHADOW), "Release")["States"]
    for name in ("Plan", "Smoke", "Promote", "Restore", "Mirror", "Unmirror", "Settle"):
        retried = {error for retry in states[name]["Retry"] for error in retry["ErrorEquals"]}
        assert "StillMoving" in retried, name
    for name, state in states.items():
        if state["Type"] == "Task" and name not in ("Settle", "Record", "Unlock"):
            assert [catch["Next"] for catch in state["Catch"]] == ["Settle"], name


def test_the_function_is_told_what_its_code_reads(modes: Assembly) -> None:
    for usecase in (CANARY, SERVERLESS):
        (found,) = [
            f["Properties"]
            for f in modes.resources(stack(usecase), "AWS::Lambda::Function").values()
            if f["Properties"]["Handler"] == "functions.release.endpoint.handler.handler"
        ]
        told = set(found["Environment"]["Variables"])
        assert told == {field.name.upper() for field in fields(EndpointSettings)}


def test_only_the_containers_role_can_be_handed_to_sagemaker(modes: Assembly) -> None:
    passed = [
        (text(resource), statement.get("Condition"))
        for name, statement in statements(modes, stack(CANARY))
        if name.startswith("Release") and "iam:PassRole" in many(statement["Action"])
        for resource in many(statement["Resource"])
    ]
    only = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    assert [(arn.startswith("<PredictRole"), when) for arn, when in passed] == [(True, only)]


def test_what_releases_made_goes_after_the_machines_stop_and_before_all_else(
    modes: Assembly,
) -> None:
    """The teardown stops the release; then the remover, with a function and role of its own."""
    resources = modes.template(stack(CANARY))["Resources"]
    remover = one(resources, "Custom::EndpointRemover")
    teardown = one(resources, "Custom::Teardown")
    assert remover in resources[teardown]["DependsOn"]
    before = set(resources[remover]["DependsOn"])
    for start in ("ReleaseVerdict", "ReleaseRoad", "PredictLogs", "PredictRole"):
        assert any(name.startswith(start) for name in before), start
    token = text(resources[remover]["Properties"]["ServiceToken"])
    assert token != text(resources[teardown]["Properties"]["ServiceToken"])
    assert any(name.startswith("EndpointRemover") and name != remover for name in before)


def test_where_a_function_answers_there_is_no_endpoint_to_remove(modes: Assembly) -> None:
    found = modes.template(stack("plain"))["Resources"].values()
    assert "Custom::EndpointRemover" not in {resource["Type"] for resource in found}


def one(resources: dict[str, Any], type_: str) -> str:
    (name,) = [name for name, resource in resources.items() if resource["Type"] == type_]
    return name
