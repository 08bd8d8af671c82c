"""How a training or a release ended -> what people are told of it, if anything.

What went well is told nobody, and who asked for a release by hand has been answered.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from functions.shared.telling import answers, newer_data
from penstock import failure, package
from penstock.events import GATES_FAILED, ROLLED_BACK

Row = Mapping[str, Any]
News = tuple[str, tuple[str, ...]]  # what happened in a line; why, what answers, what to do


@dataclass(frozen=True)
class End:
    """`why`: the failure in words, empty where it is none; `champion`: who answers now."""

    usecase: str
    name: str
    error: str
    why: str
    request: Row
    output: Row
    champion: Row | None

    @classmethod
    def of(cls, usecase: str, detail: Row, champion: Row | None) -> Self:
        """`detail`: of Step Functions' event; a payload beyond its limit is not in it."""
        error, cause = detail.get("error") or "", detail.get("cause") or ""
        why = "" if detail["status"] == "SUCCEEDED" else _why(detail["status"], error, cause)
        request, output = (json.loads(detail.get(key) or "{}") or {} for key in ("input", "output"))
        return cls(usecase, detail["name"], error, why, request, output, champion)


def of_training(end: End) -> News | None:
    if end.error == GATES_FAILED:
        return "a new model was rejected, nothing is released", (
            end.why,
            answers(end.champion),
            f"What to do: {newer_data(end.usecase)}, or change features, algorithm or gates and "
            f"deploy; `penstock retrain {end.usecase}` tries again with what there is.",
        )
    if end.why:
        return "a training failed", (
            end.why,
            answers(end.champion),
            f"What to do: see execution {end.name}; `penstock retrain {end.usecase}` tries again.",
        )
    judged = end.output.get("evaluate", {})
    if judged.get("approval") == package.PENDING:
        arn = end.output["register"]["ModelPackageArn"]
        return "a new model waits for a person's approval", (
            f"Model package {arn}: {judged['description']}",
            answers(end.champion),
            "What to do: aws sagemaker update-model-package --model-package-arn "
            f"{arn} --model-approval-status Approved (or Rejected).",
        )
    return None


def of_release(end: End) -> News | None:
    if end.error == ROLLED_BACK:
        return "a release was rolled back", (
            end.why,
            answers(end.champion),
            f"What to do: `penstock releases {end.usecase}` shows what was tried and why; it comes "
            "again by a person's `penstock release` only.",
        )
    if end.why:
        return "a release failed", (
            end.why,
            answers(end.champion),
            f"What to do: see execution {end.name}, then `penstock release {end.usecase}`.",
        )
    if _made_again(end):
        made, champion = (
            package.number(end.output["plan"][key]["model_package_arn"])
            for key in ("model", "champion")
        )
        return "a training made the champion's model again, nothing is released", (
            f"Model package {made} is model package {champion} again: "
            f"{end.output['record']['why']}.",
            f"What to do: {newer_data(end.usecase)}; of the same data comes the same model.",
        )
    return None


def _made_again(end: End) -> bool:
    """Another package than what is live, of the same model. SageMaker repeats its events, so that
    a package that is live is asked for again and again."""
    plan, record = end.output.get("plan", {}), end.output.get("record", {})
    made, champion = plan.get("model"), plan.get("champion")
    return bool(
        record.get("result") == "nothing_to_release"
        and "by" not in end.request
        and made
        and champion
        and made["model_package_arn"] != champion["model_package_arn"]
        and made["model_sha256"] == champion["model_sha256"]
    )


def _why(status: str, error: str, cause: str) -> str:
    """Our own words are a cause already; a machine that ran out of time says nothing."""
    if error in (GATES_FAILED, ROLLED_BACK):
        return cause
    return failure.words({"Error": error or status, "Cause": cause})
