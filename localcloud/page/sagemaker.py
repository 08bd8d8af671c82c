"""SageMaker's jobs and endpoints, by the service's own List and Describe operations."""

from __future__ import annotations

from typing import Any

from localcloud import json_service
from localcloud.page.bounded import Document, newest, seconds

# Kind of job, its operations' word, the member of a List's answer, its log group.
KINDS = (
    ("training", "TrainingJob", "TrainingJobs"),
    ("processing", "ProcessingJob", "ProcessingJobs"),
    ("transform", "TransformJob", "TransformJobs"),
    ("tuning", "HyperParameterTuningJob", None),
)
_MOST_A_KIND = 30
_OF_A_VARIANT = ("CurrentWeight", "DesiredWeight", "CurrentInstanceCount", "DesiredInstanceCount")


def ask(operation: str, **request: Any) -> Document | None:
    """None: this cloud has no such operation."""
    run = json_service.SERVED.get("sagemaker", {}).get(operation)
    return run(request) if run else None


def jobs() -> Document:
    found = [job for kind in KINDS for job in _of_kind(*kind)]
    return newest(found, lambda job: job["created"], dict)


def _of_kind(kind: str, word: str, group: str | None) -> list[Document]:
    answer = ask(f"List{word}s", MaxResults=_MOST_A_KIND) or {}
    return [_job(kind, word, group, s) for s in answer.get(f"{word}Summaries", [])]


def _job(kind: str, word: str, group: str | None, summary: Document) -> Document:
    name = summary[f"{word}Name"]
    facts = ask(f"Describe{word}", **{f"{word}Name": name}) or {}
    return {
        "kind": kind,
        "name": name,
        "status": summary[f"{word}Status"],
        "secondary": facts.get("SecondaryStatus"),
        "created": seconds(summary.get("CreationTime")),
        "ended": seconds(facts.get(f"{kind.capitalize()}EndTime") or facts.get(f"{word}EndTime")),
        "reason": facts.get("FailureReason") or None,
        "counts": facts.get("TrainingJobStatusCounters"),
        "metrics": {m["MetricName"]: m["Value"] for m in facts.get("FinalMetricDataList") or []},
        "log_group": f"/aws/sagemaker/{group}" if group else None,
    }


def endpoints() -> Document:
    found = (ask("ListEndpoints", MaxResults=_MOST_A_KIND) or {}).get("Endpoints", [])
    return newest(found, lambda summary: summary.get("CreationTime"), _endpoint)


def _endpoint(summary: Document) -> Document:
    name = summary["EndpointName"]
    facts = ask("DescribeEndpoint", EndpointName=name) or {}
    pending = (facts.get("PendingDeploymentSummary") or {}).get("ProductionVariants") or []
    return {
        "name": name,
        "status": facts.get("EndpointStatus") or summary["EndpointStatus"],
        "config": facts.get("EndpointConfigName"),
        "reason": facts.get("FailureReason") or None,
        "variants": [_variant(v) for v in facts.get("ProductionVariants") or []],
        "pending": [_variant(v) for v in pending],
        "log_group": f"/aws/sagemaker/Endpoints/{name}",
    }


def _variant(variant: Document) -> Document:
    return {"name": variant["VariantName"]} | {
        name: variant[name] for name in _OF_A_VARIANT if variant.get(name) is not None
    }
