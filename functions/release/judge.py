"""Looks at both versions since the canary began; failures are Lambda's own count."""

from datetime import UTC, datetime, timedelta
from typing import Any

from functions.release import judging, samples
from functions.release.context import FunctionRelease, State


def judge(state: State, release: FunctionRelease) -> dict[str, Any]:
    """One round. The alias's own metrics dilute a 10 % canary tenfold, hence by version."""
    versions = (state["plan"]["alias_version"], state["publish"]["version"])
    started_ms = state["start"]["started_ms"]
    seen = samples.read(release, started_ms, versions)
    for name, found in seen.items():
        found.invocations = _sum(release, "Invocations", name, started_ms)
        found.errors = _sum(release, "Errors", name, started_ms)
    return judging.decide(state, release, seen)


def _sum(release: FunctionRelease, metric: str, version: str, started_ms: int) -> int:
    """A Lambda metric of one version behind the alias, from the canary's first whole minute."""
    settings = release.settings
    begin = datetime.fromtimestamp(started_ms / 1000, UTC).replace(second=0, microsecond=0)
    found = release.aws.cloudwatch.get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName=metric,
        Dimensions=[
            {"Name": "FunctionName", "Value": settings.predict_function},
            {"Name": "Resource", "Value": f"{settings.predict_function}:{settings.alias}"},
            {"Name": "ExecutedVersion", "Value": version},
        ],
        StartTime=begin,
        EndTime=datetime.fromtimestamp(release.now(), UTC) + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )
    return int(sum(point["Sum"] for point in found["Datapoints"]))
