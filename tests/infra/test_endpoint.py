"""A use case that is served by SageMaker: what its stack holds, and what it leaves to a release."""

import json
from typing import Any

import pytest
from synthesis import Assembly, Resource, many, statements, text

ENDPOINTS = ("endpoint", "serverless")


def stack(name: str) -> str:
    return f"Penstock-dev-{name}"


def of(modes: Assembly, name: str, type_: str, start: str) -> Resource:
    """The one resource of a type whose logical id begins so."""
    every = modes.resources(stack(name), type_)
    (found,) = [resource for id_, resource in every.items() if id_.startswith(start)]
    return found["Properties"]  # type: ignore[no-any-return]


def allowed(modes: Assembly, name: str, role: str) -> dict[str, list[str]]:
    """Action -> the resources that a role may do it to."""
    found: dict[str, list[str]] = {}
    for id_, statement in statements(modes, stack(name)):
        if id_.startswith(role):
            for action in many(statement["Action"]):
                found.setdefault(action, []).extend(map(text, many(statement["Resource"])))
    return found


@pytest.mark.parametrize("name", ENDPOINTS)
def test_nothing_that_bills_is_declared(modes: Assembly, name: str) -> None:
    """The release makes the endpoint, with the first model, and moves it ever after."""
    types = {r["Type"] for r in modes.template(stack(name))["Resources"].values()}
    made = {"Model", "EndpointConfig", "Endpoint", "InferenceComponent"}
    assert not {f"AWS::SageMaker::{kind}" for kind in made} & types
    assert not [t for t in types if "AutoScaling" in t]


@pytest.mark.parametrize("name", ENDPOINTS)
def test_no_function_predicts_and_no_deployment_moves_one(modes: Assembly, name: str) -> None:
    resources = modes.template(stack(name))["Resources"]
    handlers = {r["Properties"].get("Handler", "") for r in resources.values()}
    assert not [h for h in handlers if h.startswith("functions.predict.")]
    types = {r["Type"] for r in resources.values()}
    assert not {"Custom::LiveAlias", "AWS::CodeDeploy::DeploymentGroup"} & types


def test_a_function_has_nothing_of_an_endpoint(modes: Assembly) -> None:
    text_of = json.dumps(modes.template(stack("plain")))
    assert "/aws/sagemaker/Endpoints" not in text_of
    assert "InvokeEndpoint" not in text_of
    assert "autoscaling" not in text_of


@pytest.mark.parametrize("name", ENDPOINTS)
def test_logs_of_both_endpoints_are_there_before_them(modes: Assembly, name: str) -> None:
    """Else SageMaker would make them, unencrypted and for ever."""
    groups = modes.resources(stack(name), "AWS::Logs::LogGroup").values()
    named = {g["Properties"].get("LogGroupName"): g for g in groups}
    for endpoint in ("live", "trial"):
        group = named[f"/aws/sagemaker/Endpoints/penstock-dev-{name}-{endpoint}"]
        assert group["Properties"]["RetentionInDays"] <= 14
        assert "KmsKeyId" in group["Properties"]
        assert group["DeletionPolicy"] == "Delete"


@pytest.mark.parametrize("name", ENDPOINTS)
def test_records_of_the_live_endpoint_alone_reach_the_lake(modes: Assembly, name: str) -> None:
    """A trial asks golden requests: nobody's predictions."""
    (subscription,) = modes.resources(stack(name), "AWS::Logs::SubscriptionFilter").values()
    properties = subscription["Properties"]
    groups = modes.resources(stack(name), "AWS::Logs::LogGroup")
    group = groups[properties["LogGroupName"]["Ref"]]["Properties"]["LogGroupName"]
    assert group.endswith("-live")
    assert properties["FilterPattern"] == '{ $.prediction_id = "*" }'


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize("kind", ["AWS::Glue::Table", "AWS::KinesisFirehose::DeliveryStream"])
def test_a_change_of_mode_keeps_the_table_of_predictions(
    modes: Assembly, name: str, kind: str
) -> None:
    """Its name is fixed: under another logical id it would have to be made before it is gone."""
    assert modes.resources(stack(name), kind).keys() == modes.resources(stack("plain"), kind).keys()


@pytest.mark.parametrize("name", ENDPOINTS)
def test_the_container_reads_its_model_and_writes_its_log(modes: Assembly, name: str) -> None:
    """It has no network; with its role SageMaker itself fetches image and model."""
    may = allowed(modes, name, "PredictRole")
    rollback = {"cloudwatch:DescribeAlarms"} if name == "endpoint" else set()
    assert set(may) == rollback | {
        "s3:GetObject", "kms:Decrypt",
        "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability",
        "ecr:GetAuthorizationToken",
        "logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams",
        "logs:PutLogEvents",
    }  # fmt: skip
    assert all(resource.endswith(f"/endpoints/{name}/*") for resource in may["s3:GetObject"])
    for action in ("logs:CreateLogGroup", "logs:PutLogEvents"):
        for resource in may[action]:
            assert f"log-group:/aws/sagemaker/Endpoints/penstock-dev-{name}-" in resource


@pytest.mark.parametrize("name", ENDPOINTS)
def test_only_the_release_passes_the_containers_role(modes: Assembly, name: str) -> None:
    """And to SageMaker only."""
    passing = [
        (id_.split("Role")[0], statement)
        for id_, statement in statements(modes, stack(name))
        if "iam:PassRole" in many(statement["Action"])
        and any("PredictRole" in text(r) for r in many(statement["Resource"]))
    ]
    ((holder, statement),) = passing
    assert holder.startswith("Release")
    assert statement["Condition"] == {
        "StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}
    }


def test_only_an_endpoint_that_scales_may_be_registered(modes: Assembly) -> None:
    """`endpoint` has 2 to 4 instances; serverless scales by itself."""
    holders = {
        name: {
            id_.split("Role")[0]
            for id_, statement in statements(modes, stack(name))
            if "application-autoscaling:RegisterScalableTarget" in many(statement["Action"])
        }
        for name in ENDPOINTS
    }
    assert holders["serverless"] == set()
    (holder,) = holders["endpoint"]
    assert holder.startswith("Release")


def alarms(modes: Assembly, name: str) -> dict[str, dict[str, Any]]:
    every = modes.resources(stack(name), "AWS::CloudWatch::Alarm")
    return {id_: alarm["Properties"] for id_, alarm in every.items()}


@pytest.mark.parametrize(("name", "more"), [("endpoint", 1), ("serverless", 0)])
def test_failures_ring_and_refusals_do_not(modes: Assembly, name: str, more: int) -> None:
    """A wrong request is a 4XX; one alarm more where instances may be too few."""
    assert len(alarms(modes, name)) == len(alarms(modes, "plain")) + more
    errors = of(modes, name, "AWS::CloudWatch::Alarm", "PredictErrors")
    assert errors["MetricName"] == "Invocation5XXErrors"
    dimensions = {d["Name"]: d["Value"] for d in errors["Dimensions"]}
    assert dimensions == {"EndpointName": f"penstock-dev-{name}-live", "VariantName": "AllTraffic"}
    assert len(errors["AlarmActions"]) == 1


def test_a_slow_endpoint_rings_in_microseconds(modes: Assembly) -> None:
    slow = of(modes, "endpoint", "AWS::CloudWatch::Alarm", "PredictSlow")
    assert (slow["MetricName"], slow["Threshold"]) == ("ModelLatency", 500_000)


@pytest.mark.parametrize(
    ("name", "namespace"), [("plain", "AWS/Lambda"), ("endpoint", "AWS/SageMaker")]
)
def test_the_monitor_counts_requests_where_they_are_answered(
    modes: Assembly, name: str, namespace: str
) -> None:
    functions = modes.resources(stack(name), "AWS::Lambda::Function").values()
    variables = [f["Properties"].get("Environment", {}).get("Variables", {}) for f in functions]
    (said,) = [v["REQUESTS_METRIC"] for v in variables if "REQUESTS_METRIC" in v]
    metric = json.loads(text(said))
    assert (metric["namespace"], metric["name"]) == (namespace, "Invocations")
    assert len(metric["dimensions"]) == 2
