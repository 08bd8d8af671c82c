"""From a file in the lake to a registered model, and from there to a release: watched."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from cli import records
from cli.demo import watch
from cli.demo.rows import Row, as_csv
from cli.demo.story import Story
from penstock import layout

SLOW = 180.0
# the training state machine's states that are stages of the road
TRAINING = ("prepare", "train", "evaluate", "register")


def upload(story: Story, rows: Sequence[Row], file: str) -> dict[str, Any]:
    """Put a CSV into raw/, which is all that it takes; then wait for what ingest says of it."""
    body, begin = as_csv(rows), story.timeline.now()
    key, bucket = f"{layout.raw_prefix(story.name)}{file}", story.deployed.lake_bucket
    synthetic = "synthetic " if story.source.synthetic else ""
    story.timeline.say(f"put {key}: {len(rows)} {synthetic}rows, {len(body) / 1024:.0f} KB")
    story.aws("s3").put_object(Bucket=bucket, Key=key, Body=body)
    report_key = layout.ingest_report_key(story.name, hashlib.sha256(body).hexdigest())
    with story.timeline.waiting("ingest"):
        report = watch.until(
            lambda: watch.read_json(story, bucket, report_key), "ingest's report", within=20
        )
    story.timeline.span("ingest", "ingest", begin, story.timeline.now())
    numbers = {n: report[n] for n in ("rows_read", "rows_accepted", "rows_rejected", "reasons")}
    story.files.append({"name": key, **numbers})
    return dict(report)


def train(story: Story, known: Iterable[str], trigger: str, title: str) -> dict[str, Any]:
    """Follow the training that an event starts, to its model package."""
    before = {p["ModelPackageArn"] for p in packages(story)}
    begin = story.timeline.now()
    machine = story.deployed.train_state_machine_arn
    with story.timeline.waiting(f"training: {title}"):
        wanted = f'"{trigger}"'
        arn = watch.started(story, machine, known, wanted, f"a training by {trigger}", within=SLOW)
        story.timeline.say(f"training began by itself, trigger: {trigger}")
        ended = watch.follow(story, arn, TRAINING, within=SLOW)
    done = ended.status == "SUCCEEDED"
    seen = f"{story.timeline.now() - begin:.1f} s from the event to the registry"
    seen = seen if done else f"{ended.status}: {ended.why[:400]}"
    story.expect(f"{title} is trained", done, seen)
    story.seconds.setdefault("train", story.timeline.now() - begin)
    arn = next(p["ModelPackageArn"] for p in packages(story) if p["ModelPackageArn"] not in before)
    package = story.aws("sagemaker").describe_model_package(ModelPackageName=arn)
    return _gated(story, dict(package), title)


def released(story: Story, package_arn: str) -> dict[str, Any]:
    """Follow the release of a package to its row in the history."""
    begin = story.timeline.now()
    machine = story.deployed.release_state_machine_arn
    with story.timeline.waiting("release"):
        arn = watch.started(story, machine, (), package_arn, "a release", within=20)
        watch.follow(story, arn, within=SLOW)
        execution = arn.rsplit(":", 1)[-1]
        row = watch.until(lambda: _row(story, execution), "the release's record", within=5)
    state = "bad" if row["result"] in ("rolled_back", "failed") else "ok"
    story.timeline.span("release", "release", begin, story.timeline.now(), state)
    return row


def keep(story: Story, row: dict[str, Any], title: str, traffic: dict[str, Any] | None) -> None:
    """A release onto the page and into the summary."""
    judged = row.get("verdict") or {}
    story.releases.append(
        {
            "title": title,
            "version": str(row.get("version") or ""),
            "reason": row["reason"],
            "result": row["result"],
            "why": row["why"],
            "percent_steps": [int(step) for step in row["percent_steps"]],
            "traffic": traffic,
            "verdict": [(name, _said(value)) for name, value in judged.items() if name != "why"],
        }
    )


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_said(inner)}" for name, inner in value.items())
    if isinstance(value, str) or value is None:
        return str(value or "none")
    return f"{float(value):.4g}"


def _row(story: Story, execution: str) -> dict[str, Any] | None:
    rows = records.history(story.place, story.deployed, story.name)
    return next((row for row in rows if row["sk"].endswith(f"#{execution}")), None)


def packages(story: Story) -> list[dict[str, Any]]:
    group = story.deployed.model_package_group
    found = story.aws("sagemaker").list_model_packages(
        ModelPackageGroupName=group, SortBy="CreationTime", SortOrder="Descending"
    )
    return list(found["ModelPackageSummaryList"])


def _gated(story: Story, package: dict[str, Any], title: str) -> dict[str, Any]:
    """Read what evaluate left of the package: its metrics against the gates."""
    said = package["CustomerMetadataProperties"]
    gates = watch.read_json(story, *layout.split_uri(said["gates_uri"])) or []
    results = gates["gates"] if isinstance(gates, dict) else gates
    limits = {gate.metric: gate for gate in story.usecase.gates}
    for result in results:
        limit = limits[result["metric"]]
        result |= {"min": limit.min, "max": limit.max}
    metrics = watch.read_json(story, *layout.split_uri(said["metrics_uri"])) or {}
    model = {
        "title": title,
        "dataset_version": said["dataset_version"],
        "rows": sum(file["rows_accepted"] for file in story.files),
        "package": package["ModelPackageArn"],
        "gates": results,
        "metrics": metrics.get("metrics", metrics),
        "approval": package["ModelApprovalStatus"],
    }
    story.models.append(model)
    passed = sum(bool(result["passed"]) for result in results)
    held = passed == len(results) and model["approval"] == "Approved"
    story.expect(
        f"{title} passes its gates", held, f"{passed} of {len(results)}, {model['approval']}"
    )
    for result in results:
        champion = result["champion"]
        beside = "" if champion is None else f", the champion {champion:.4g} on the same rows"
        told = f"{result['metric']} {result['value']:.4g}, gate {result['limit']}"
        story.timeline.say(told + beside)
    return model
