"""The story in figures: summary.json, and the table at the end."""

from typing import Any

from rich.table import Table

from cli.demo.story import Story
from cli.demo.traffic import percentiles
from cli.usecases import origin

SERVED = {"lambda": "a Lambda function", "endpoint": "a SageMaker endpoint"}


def summary(story: Story, failure: str | None) -> dict[str, Any]:
    """The keys that others rely on, and beside them what was expected and whether it held."""
    last = story.models[-1] if story.models else {}
    live = [m for m, r in zip(story.models, story.releases, strict=False) if r] or [last]
    p50, p99 = percentiles(story.calls)
    return {
        "usecase": story.name,
        "mode": story.usecase.serving.mode,
        "ok": failure is None,
        "failure": failure,
        "synthetic": story.source.synthetic,
        "data": {"origin": story.source.origin, "licence": story.source.licence},
        "rows_ingested": sum(f["rows_accepted"] for f in story.files),
        "rows_rejected": sum(f["rows_rejected"] for f in story.files),
        "dataset_version": last.get("dataset_version"),
        "metrics": last.get("metrics", {}),
        "gates_passed": bool(story.models) and all(g["passed"] for m in live for g in m["gates"]),
        "model_package_arn": last.get("package"),
        "releases": [
            {name: r[name] for name in ("version", "percent_steps", "result")}
            for r in story.releases
        ],
        "predict": {
            "requests": len(story.calls),
            "errors": sum(call.error is not None for call in story.calls),
            "p50_ms": round(p50, 2),
            "p99_ms": round(p99, 2),
        },
        "drift": {
            "alarm_state": story.drift_state,
            "retraining_started": story.retraining_started,
        },
        "seconds": {name: round(value, 2) for name, value in story.seconds.items()},
        "expectations": story.checks,
    }


def page(story: Story, figures: dict[str, Any]) -> dict[str, Any]:
    """What `report.render` wants."""
    usecase = story.usecase
    return {
        "summary": figures,
        "usecase": {
            "name": usecase.name,
            "description": usecase.description,
            "target": usecase.target.column,
            "served": SERVED[usecase.serving.mode],
        },
        "data": figures["data"] | {"synthetic": figures["synthetic"]},
        "checks": story.checks,
        "files": story.files,
        "models": story.models,
        "releases": story.releases,
        "refusal": story.refusal,
        "drift": story.drift,
        **story.timeline.plain(),
    }


def table(story: Story, figures: dict[str, Any]) -> Table:
    """What happened, in a dozen lines."""
    made = Table("", "", box=None, show_header=False, pad_edge=False)
    made.add_row("data", origin(story.source))
    made.add_row("served by", SERVED[story.usecase.serving.mode])
    rejected = figures["rows_rejected"]
    made.add_row("rows", f"{figures['rows_ingested']} ingested, {rejected} quarantined")
    for model in story.models:
        first = model["gates"][0]
        passed = sum(bool(g["passed"]) for g in model["gates"])
        gates = f"{passed} of {len(model['gates'])} gates"
        made.add_row(model["title"], f"{first['metric']} {first['value']:.4f}, {gates}")
    for release in story.releases:
        steps = " → ".join(f"{step} %" for step in release["percent_steps"]) or "no traffic moved"
        result = release["result"].replace("_", " ")
        made.add_row(f"release of {release['title']}", f"{result} ({steps}): {release['why']}")
    asked = figures["predict"]
    made.add_row(
        "requests",
        f"{asked['requests']}, {asked['errors']} failed, "
        f"p50 {asked['p50_ms']:.1f} ms, p99 {asked['p99_ms']:.1f} ms",
    )
    drift = figures["drift"]
    again = "a retraining began" if drift["retraining_started"] else "no retraining"
    made.add_row("drift alarm", f"{drift['alarm_state']}, {again}")
    held = sum(check["held"] for check in story.checks)
    made.add_row("expectations", f"{held} of {len(story.checks)} held")
    made.add_row("seconds", ", ".join(f"{k} {v:.1f}" for k, v in figures["seconds"].items()))
    return made
