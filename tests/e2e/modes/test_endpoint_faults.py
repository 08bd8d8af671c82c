"""Each fault of a model, released to an endpoint under steady traffic: the champion answers on.

Two stacks: with a canary, and with a shadow before it. At the end the first goes, with all that
its releases made.
"""

import time
from pathlib import Path

import faulty
import pytest
import under_traffic

from cli import cdk
from cli.demo import canary, watch
from cli.demo.story import ENVIRONMENT, Story
from cli.stack import stack_name
from cli.target import Target

CANARY, SHADOW = "endfaults", "endshadow"


def made(story: Story) -> dict[str, list[str]]:
    """What SageMaker has of a use case, by listing."""
    client, slug = story.aws("sagemaker"), f"penstock-{ENVIRONMENT}-{story.name}-"
    found = {
        "endpoints": [e["EndpointName"] for e in client.list_endpoints()["Endpoints"]],
        "configs": [
            c["EndpointConfigName"] for c in client.list_endpoint_configs()["EndpointConfigs"]
        ],
        "models": [m["ModelName"] for m in client.list_models()["Models"]],
    }
    return {kind: [n for n in names if n.startswith(slug)] for kind, names in found.items()}


@pytest.mark.parametrize(
    ("fault", "why"),
    [("wrong_on_golden", "golden.jsonl line 20"), ("broken_at_init", "ping health check")],
)
def test_what_is_known_before_never_gets_a_request(
    stories: dict[str, Story], fault: str, why: str
) -> None:
    under_traffic.never_asked(stories[CANARY], fault, why)
    assert len(made(stories[CANARY])["endpoints"]) == 1


@pytest.mark.parametrize(
    ("fault", "why"),
    [("slow", "p95 latency"), ("inverted", "scores differ"), ("nan", "invocations failed")],
)
def test_what_only_callers_can_find_is_taken_back_from_the_canary(
    stories: dict[str, Story], fault: str, why: str
) -> None:
    under_traffic.taken_back(stories[CANARY], fault, why)
    assert len(made(stories[CANARY])["endpoints"]) == 1


def test_a_shadow_that_disagrees_is_seen_by_nobody(stories: dict[str, Story]) -> None:
    under_traffic.never_asked(stories[SHADOW], "inverted", "labels differ from the champion's")
    assert len(made(stories[SHADOW])["endpoints"]) == 1


def test_a_shadow_that_agrees_is_canaried_and_promoted_without_a_lost_request(
    stories: dict[str, Story],
) -> None:
    told = stories[SHADOW]
    before = faulty.champion(told)
    row, traffic = under_traffic.released(told, "same")
    assert row["result"] == "promoted", row["why"]
    assert under_traffic.lost(traffic) == []
    assert canary.alone(told) == row["version"] == faulty.champion(told)["version"]
    assert {call.version for call in traffic.calls[-20:]} == {row["version"]}
    kept = {before["version"], row["version"]}
    assert set(made(told)["models"]) == set(made(told)["configs"]) == kept


def test_a_rollback_is_one_update_to_the_predecessor(stories: dict[str, Story]) -> None:
    """After the release above; the machine is what `penstock rollback` starts."""
    told = stories[SHADOW]
    before = faulty.champion(told)
    with under_traffic.callers(told) as traffic:
        done = told.aws("stepfunctions").start_execution(
            stateMachineArn=told.deployed.release_state_machine_arn,
            input='{"reason": "rollback", "by": "the test"}',
        )
        ended = watch.follow(told, done["executionArn"], within=60)
        time.sleep(canary.SETTLING)
    assert ended.status == "SUCCEEDED", ended.why
    assert under_traffic.lost(traffic) == []
    assert canary.alone(told) == faulty.champion(told)["version"] != before["version"]


def test_destroying_the_stack_leaves_no_endpoint_configuration_or_model(
    stories: dict[str, Story], cloud: Target, place: Path
) -> None:
    told = stories[CANARY]
    assert all(made(told).values())
    cdk.destroy(told.children, cloud, place / "cdk.out", [stack_name(ENVIRONMENT, CANARY)])
    assert not any(made(told).values()), made(told)
