"""Modes `endpoint` and `serverless_endpoint`: SageMaker answers, as the predict function would."""

import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from botocore.exceptions import ClientError
from explained import adds_up

from cli import asking, records
from cli.demo import watch
from cli.demo.story import ENVIRONMENT, Story
from cli.instances import instance
from cli.stack import stack_name
from penstock import artifact, golden, layout
from penstock.record import glue_columns

MODES = ("endpoint", "serverless")
DELIVERED = 40.0  # Firehose's quarter of an hour, and a margin


def champion(story: Story) -> dict[str, Any]:
    row = records.champion(story.place, story.deployed, story.name)
    assert row is not None
    return row


def ask(story: Story, request: Any) -> dict[str, Any]:
    return asking.ask(story.place, story.deployed, json.dumps(request).encode())


def model_of(story: Story, folder: Path) -> Path:
    """The artifact as it was registered."""
    row = champion(story)
    bucket, key = layout.split_uri(row["artifact_uri"])
    body = story.aws("s3").get_object(Bucket=bucket, Key=key, VersionId=row["artifact_version_id"])[
        "Body"
    ]
    (folder / "model.tar.gz").write_bytes(body.read())
    return artifact.unpack(folder / "model.tar.gz", folder / "model")


@pytest.mark.parametrize("name", MODES)
def test_it_gives_the_artifacts_golden_answers(
    stories: dict[str, Story], name: str, tmp_path: Path
) -> None:
    """Through sagemaker-runtime, by the model that the release says is live."""
    told = stories[name]
    version = champion(told)["version"]
    for entry in golden.read(model_of(told, tmp_path) / "golden.jsonl"):
        said = ask(told, entry["request"])
        assert [p["score"] for p in said["predictions"]] == pytest.approx(
            [p["score"] for p in entry["expected"]["predictions"]], abs=golden.TOLERANCE
        )
        assert said["model"]["version"] == version
    live = told.aws("sagemaker").describe_endpoint(EndpointName=told.deployed.endpoint_name)
    assert live["EndpointStatus"] == "InService"
    config = told.aws("sagemaker").describe_endpoint_config(
        EndpointConfigName=live["EndpointConfigName"]
    )
    assert [v["ModelName"] for v in config["ProductionVariants"]] == [version]


@pytest.mark.parametrize("name", MODES)
def test_a_wrong_request_is_refused_with_what_is_wrong(
    stories: dict[str, Story], name: str
) -> None:
    """A client's error, not the model's: SageMaker passes on status and words."""
    told = stories[name]
    column = told.contract.columns[0].name
    client = told.aws("sagemaker-runtime")
    with pytest.raises(client.exceptions.ModelError) as caught:
        client.invoke_endpoint(
            EndpointName=told.deployed.endpoint_name,
            ContentType="application/json",
            Body=json.dumps({"instances": [{column: "ten"}]}),
        )
    assert caught.value.response["OriginalStatusCode"] == 400
    said = ask(told, {"instances": [{column: "ten"}]})["error"]
    assert said["status"] == 400
    assert column in {violation["field"] for violation in said["violations"]}


@pytest.mark.parametrize("name", MODES)
def test_the_container_explains_its_own_answers(stories: dict[str, Story], name: str) -> None:
    """Without a network: trees by the image's XGBoost, a linear model by numpy alone."""
    told = stories[name]
    rows = [instance(row, told.contract) for row in told.source.rows[:3]]
    said = ask(told, {"instances": rows, "explain": True})["predictions"]
    plain = ask(told, {"instances": rows})["predictions"]
    assert [p["score"] for p in said] == [p["score"] for p in plain]
    for prediction in said:
        assert prediction["explanation"], prediction["explanation_error"]
        assert adds_up(prediction)
        assert prediction["explanation"]["reasons"]


def test_every_prediction_reaches_the_lake_and_its_table(stories: dict[str, Story]) -> None:
    """As in every mode, from either kind of endpoint."""
    expected: dict[str, dict[str, str]] = {}
    for name in MODES:
        told = stories[name]
        rows = [instance(row, told.contract) for row in told.source.rows[:40]]
        ids = [row[told.contract.row_id] for row in rows]
        said = ask(told, {"instances": rows})["predictions"]
        expected[name] = {p["id"]: str(i) for p, i in zip(said, ids, strict=True)}
    for name in MODES:
        told = stories[name]
        found = watch.until(
            lambda t=told, n=name: arrived(t, expected[n]),  # type: ignore[misc]
            f"the records of {name}",
            within=DELIVERED,
        )
        assert dict(zip(found["prediction_id"], found["row_id"], strict=True)) == expected[name]
        assert set(found["function_version"]) == {champion(told)["version"]}
        assert found["score"].is_not_null().all()
        columns = [(c.name, c.type, c.personal) for c in told.usecase.columns]
        assert set(found.columns) == set(glue_columns(columns))


def arrived(story: Story, wanted: dict[str, str]) -> pl.DataFrame | None:
    """Their rows, when all of them are in the lake."""
    s3, bucket = story.aws("s3"), story.deployed.lake_bucket
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=layout.predictions_prefix(story.name))
    files = [
        pl.read_parquet(io.BytesIO(s3.get_object(Bucket=bucket, Key=o["Key"])["Body"].read()))
        for o in listed.get("Contents", [])
    ]
    if not files:
        return None
    found = pl.concat(files).filter(pl.col("prediction_id").is_in(list(wanted)))
    return found if len(found) >= len(wanted) else None


def test_instances_follow_the_traffic_where_the_use_case_says_so(
    stories: dict[str, Story],
) -> None:
    """Registered by the release, since a target needs its endpoint."""
    told = stories["endpoint"]
    found = told.aws("application-autoscaling").describe_scalable_targets(
        ServiceNamespace="sagemaker",
        ResourceIds=[f"endpoint/{told.deployed.endpoint_name}/variant/AllTraffic"],
    )["ScalableTargets"]
    settings = told.usecase.serving.endpoint
    assert [(t["MinCapacity"], t["MaxCapacity"]) for t in found] == [
        (settings.instances, settings.most)
    ]


def test_a_stack_that_is_deleted_leaves_nothing_that_bills(
    stories: dict[str, Story],
) -> None:
    """The last of this file: no other test asks the serverless one after it."""
    told = stories["serverless"]
    slug, stack = f"penstock-{ENVIRONMENT}-{told.name}", stack_name(ENVIRONMENT, told.name)
    assert left(told, slug)
    client = told.aws("cloudformation")
    arn = client.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
    client.delete_stack(StackName=stack)
    client.get_waiter("stack_delete_complete").wait(
        StackName=arn, WaiterConfig={"Delay": 1, "MaxAttempts": 90}
    )
    assert left(told, slug) == []
    with pytest.raises(ClientError, match="not found"):
        told.aws("sagemaker-runtime").invoke_endpoint(
            EndpointName=told.deployed.endpoint_name, Body=b"{}"
        )


def left(story: Story, slug: str) -> list[str]:
    """Whatever SageMaker, the logs and the bucket of artifacts still have of a use case."""
    sagemaker = story.aws("sagemaker")
    found = [e["EndpointName"] for e in sagemaker.list_endpoints(NameContains=slug)["Endpoints"]]
    found += [
        c["EndpointConfigName"]
        for c in sagemaker.list_endpoint_configs(NameContains=slug)["EndpointConfigs"]
    ]
    found += [m["ModelName"] for m in sagemaker.list_models(NameContains=slug)["Models"]]
    groups = story.aws("logs").describe_log_groups(
        logGroupNamePrefix=f"/aws/sagemaker/Endpoints/{slug}"
    )
    found += [g["logGroupName"] for g in groups["logGroups"]]
    packed = story.aws("s3").list_objects_v2(
        Bucket=story.deployed.artifacts_bucket, Prefix=layout.endpoints_prefix(story.name)
    )
    return found + [o["Key"] for o in packed.get("Contents", [])]
