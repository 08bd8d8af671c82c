"""One key changes how a use case is served: its model, records, history and lake stay.

What answers between a deployment and its release is docs/decisions/0017's.
"""

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import listing
import polars as pl
import pytest
import served
from rich.console import Console
from typer.testing import CliRunner

from cli import deployment, main, paths, records, usecases
from cli.batch import Job
from cli.demo import canary, models, watch
from cli.demo.rows import as_csv
from cli.demo.story import ENVIRONMENT, Story
from cli.instances import instance
from cli.stack import Stack
from penstock import layout

NAME = "moving"
ROWS = 20
DELIVERED = 60.0
OF_AN_ENDPOINT = ("endpoints", "configs", "models", "archives", "scaling")
OF_A_FUNCTION = ("PredictFunction", "LiveAlias")


@pytest.fixture(scope="module")
def ids() -> dict[str, list[str]]:
    """Of the answers that each mode gave, in its order."""
    return {}


@pytest.fixture(scope="module")
def first(stories: dict[str, Story]) -> tuple[Story, dict[str, list[str]]]:
    """The use case as a function, and all that the cloud has of it."""
    until_answered(stories[NAME])
    return stories[NAME], listing.of(stories[NAME])


@pytest.fixture
def story(
    first: tuple[Story, dict[str, list[str]]], place: Path, monkeypatch: pytest.MonkeyPatch
) -> Story:
    """As it is deployed now; another assembly than the one that the other tests destroy by."""
    for name in ("STATE", "LOGS"):
        monkeypatch.setattr(paths, name, place / NAME)
    monkeypatch.setattr(paths, "CLOUD", place / "cloud")
    return as_deployed(first[0])


def as_deployed(story: Story) -> Story:
    stack = Stack.of(story.place, ENVIRONMENT, NAME)
    return replace(story, usecase=usecases.read(NAME), stack=stack)


def change(story: Story, **serving: Any) -> Story:
    """usecase.yaml with another `serving`, deployed by the real CDK CLI."""
    was, served.SERVING[NAME] = served.SERVING[NAME], serving
    served.write(paths.USECASES, [NAME])
    served.SERVING[NAME] = was
    deployment.run(story.children, story.place, [NAME], ENVIRONMENT, lambda *_: None)
    return as_deployed(story)


def question(story: Story) -> dict[str, Any]:
    rows = story.source.rows[:ROWS]
    return {"instances": [instance(row, story.contract) for row in rows]}


def until_answered(story: Story) -> tuple[list[dict[str, Any]], set[int]]:
    """The first answer, and the statuses of the errors before it."""
    before: set[int] = set()

    def look() -> list[dict[str, Any]] | None:
        said = story.ask(question(story))
        if "predictions" not in said:
            before.add(said["error"]["status"])
        return said.get("predictions")

    return watch.until(look, "an answer", within=90), before


def released(story: Story, known: set[str]) -> dict[str, Any]:
    """The row of the release that the stack's change began."""

    def look() -> dict[str, Any] | None:
        rows = records.history(story.place, story.deployed, NAME)
        return next((r for r in rows if r["sk"] not in known and r["reason"] == "code"), None)

    return watch.until(look, "the release's record", within=90)


def kept(story: Story) -> dict[str, set[str]]:
    """What no change of mode may take: files, model packages, the rows of the history."""
    pages = (
        story.aws("s3").get_paginator("list_objects_v2").paginate(Bucket=story.deployed.lake_bucket)
    )
    keys = {one["Key"] for page in pages for one in page.get("Contents", [])}
    rows = records.history(story.place, story.deployed, NAME)
    return {
        "lake": {key for key in keys if f"/{NAME}/" in key},
        "packages": {package["ModelPackageArn"] for package in models.packages(story)},
        "history": {row["sk"] for row in rows},
    }


def moved(story: Story, ids: dict[str, list[str]], **serving: Any) -> tuple[Story, set[int]]:
    """Ask, change the mode, wait for its release, ask again; nothing that counts is lost."""
    before, champion = kept(story), records.champion(story.place, story.deployed, NAME)
    now = change(story, **serving)
    answers, gap = until_answered(now)
    ids[serving["mode"]] = [one["id"] for one in answers]
    row, after = released(now, before["history"]), kept(now)
    assert row["result"] in ("promoted", "nothing_to_release"), row["why"]
    assert all(before[kind] <= after[kind] for kind in before)
    assert before["packages"] == after["packages"]
    lives = records.champion(now.place, now.deployed, NAME)
    assert champion is not None
    assert lives is not None
    assert lives["model_package_arn"] == champion["model_package_arn"]
    assert canary.alone(now) == lives["version"]
    return now, gap


def test_a_function_becomes_an_endpoint(story: Story, ids: dict[str, list[str]]) -> None:
    """The function is gone with its alias; till the endpoint is up nobody answers: 503."""
    ids["lambda"] = [one["id"] for one in story.ask(question(story))["predictions"]]
    now, gap = moved(story, ids, mode="endpoint", endpoint={"instances": 2, "max_instances": 3})
    assert gap <= {503}
    found = listing.of(now)
    assert [len(found[kind]) for kind in OF_AN_ENDPOINT] == [1, 1, 1, 1, 1], found
    assert found["applications"] == []
    assert not [n for n in found["functions"] if any(word in n for word in OF_A_FUNCTION)]
    done = CliRunner().invoke(main.app, ["rollback", NAME])
    assert "is no endpoint's" in str(done.exception)


def test_an_endpoint_with_instances_becomes_a_serverless_one(
    story: Story, ids: dict[str, list[str]]
) -> None:
    before = listing.of(story)
    now, gap = moved(story, ids, mode="serverless_endpoint")
    assert gap <= {503}
    found = listing.of(now)
    assert [len(found[kind]) for kind in OF_AN_ENDPOINT] == [1, 1, 1, 1, 0], found
    assert found["endpoints"] == before["endpoints"]
    assert not set(found["models"]) & set(before["models"])


def test_an_endpoint_becomes_a_batch_use_case(story: Story, ids: dict[str, list[str]]) -> None:
    """The function comes back without a model, says so, and is given the champion's at once."""
    now, gap = moved(story, ids, mode="batch")
    assert gap <= {503}
    found = listing.of(now)
    assert [found[kind] for kind in OF_AN_ENDPOINT] == [[]] * len(OF_AN_ENDPOINT)
    assert not [name for name in found["log groups"] if "/aws/sagemaker/Endpoints" in name]
    file = paths.STATE / "rows.csv"
    file.write_bytes(as_csv(story.source.rows[:300]))
    job = Job(now.place, now.deployed, NAME, "after-the-change")
    job.start(str(file))
    report = job.follow(Console(quiet=True))
    assert (report["rows_out"], report["refused"]) == (300, 0)
    done = CliRunner().invoke(main.app, ["rollback", NAME])
    assert "is no version" in str(done.exception)


def test_a_batch_use_case_becomes_a_function_again_and_all_is_as_it_was(
    first: tuple[Story, dict[str, list[str]]], story: Story, ids: dict[str, list[str]]
) -> None:
    """The same function behind the same alias: nobody notices, and nothing of a mode is left."""
    pool = question(story)["instances"]
    before = records.champion(story.place, story.deployed, NAME)
    with canary.callers(story, pool, canary.IDLE) as traffic:
        now, gap = moved(story, ids, **served.SERVING[NAME])
    assert gap == set()
    assert [call.error for call in traffic.calls if call.error] == []
    assert len(traffic.calls) > 30
    assert records.champion(now.place, now.deployed, NAME) == before
    assert listing.of(now) == first[1]


def test_the_records_of_every_mode_lie_in_one_table_and_can_be_explained(
    story: Story, ids: dict[str, list[str]]
) -> None:
    s3, bucket = story.aws("s3"), story.deployed.lake_bucket
    wanted = {one for some in ids.values() for one in some}

    def arrived() -> pl.DataFrame | None:
        keys = [key for key in kept(story)["lake"] if key.startswith(layout.PREDICTIONS)]
        bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys]
        every = pl.concat(pl.read_parquet(io.BytesIO(body)) for body in bodies)
        found = every.filter(pl.col("prediction_id").is_in(sorted(wanted)))
        return found if set(found["prediction_id"]) == wanted else None

    assert set(ids) == {"lambda", "endpoint", "serverless_endpoint", "batch"}
    found = watch.until(arrived, "the records of every mode", within=DELIVERED)
    assert len(found.group_by("row_id").agg(pl.col("score").round(6).n_unique())) == ROWS
    assert found.group_by("row_id").agg(pl.col("score").round(5).n_unique())["score"].max() == 1
    for mode, some in ids.items():
        done = CliRunner().invoke(main.app, ["why", NAME, some[0]])
        assert done.exit_code == 0, f"{mode}: {done.output} {done.exception}"
        assert "reproduced" in done.output
