"""The course of one evaluation: fetch, measure, compare, judge, write down."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from functions.evaluate import measure
from functions.evaluate.errors import ArtifactRefused
from functions.evaluate.measure import Holdout
from functions.evaluate.store import Artifact, Store
from functions.evaluate.verdict import Champion, Verdict, judge
from functions.shared.s3 import to_json
from functions.shared.usecase import Deployed
from penstock import artifact, baseline, golden
from penstock.scorer import Scorer


def evaluate(
    request: Mapping[str, Any],
    usecase: Deployed,
    store: Store,
    scratch: Path,
    *,
    approves_itself: bool,
) -> dict[str, Any]:
    """Measure the candidate and the champion on the same holdout; what `register` has to know."""
    prepared, job = request["prepare"], request["training_job_name"]
    candidate = store.fetch(request["model_artifact_uri"], scratch / "candidate")
    scorer = _scorer(candidate, usecase)
    uri = prepared["holdout_uri"]
    holdout = Holdout.read(store.read(uri), usecase.contract, where=uri)
    asked = golden.read(candidate.folder / "golden.jsonl")
    failures = golden.failures(asked, scorer) if asked else ["no golden request to ask"]
    metrics = {
        **measure.quality(scorer, holdout),
        **measure.parity(scorer, holdout),
        "golden_failures": float(len(failures)),
    }
    champion = _champion(usecase, store, holdout, scratch)
    verdict = judge(usecase.gates, metrics, champion, approves_itself=approves_itself)
    facts = {
        "dataset_version": prepared["dataset_version"],
        "training_job": job,
        "artifact_uri": candidate.uri,
        "artifact_version_id": candidate.version_id,
        "artifact_sha256": candidate.sha256,
        "model_sha256": artifact.identity(candidate.folder),
    }
    measured = {
        "usecase": usecase.name,
        **facts,
        "holdout": {"rows": len(holdout.y), "positives": int(holdout.y.sum())},
        "metrics": metrics,
        "champion": champion.to_dict() if champion else None,
        "golden": failures,
    }
    judged = {
        "passed": verdict.passed,
        "approval": verdict.approval,
        "note": verdict.note,
        "gates": [result.to_dict() for result in verdict.results],
    }
    watched = _baseline(candidate, scorer, holdout)
    return {
        **facts,
        "passed": verdict.passed,
        "approval": verdict.approval,
        "metrics": {name: f"{value:.6g}" for name, value in metrics.items()},
        "metrics_uri": store.write(job, "metrics.json", to_json(measured)),
        "gates_uri": store.write(job, "gates.json", to_json({**facts, **judged})),
        "baseline_uri": store.write(job, "baseline.json", to_json(watched)),
        "description": _describe(verdict, prepared["dataset_version"]),
    }


def _scorer(candidate: Artifact, usecase: Deployed) -> Scorer:
    scorer = Scorer(candidate.folder, features_sha256=usecase.features_sha256)
    if scorer.contract != usecase.contract:
        raise ArtifactRefused(
            "the artifact was trained under another contract",
            where=candidate.uri,
            expected="the deployed use case's contract: train again",
        )
    return scorer


def _baseline(candidate: Artifact, scorer: Scorer, holdout: Holdout) -> dict[str, Any]:
    """The artifact's baseline, with the scores of rows that the model has not seen.

    Of its own training rows a model is surer than of any others, so against those scores even
    unchanged traffic looks like drift.
    """
    found: dict[str, Any] = json.loads((candidate.folder / "baseline.json").read_text("utf-8"))
    columns = holdout.of(scorer.contract)
    unseen = baseline.build(columns, scorer.score(columns), scorer.contract)
    return found | {"score": unseen["score"]}


def _champion(usecase: Deployed, store: Store, holdout: Holdout, scratch: Path) -> Champion | None:
    """The champion on this holdout, None before the first release.

    Its features.py may be older than the deployed one: it was checked when it was released, and
    the artifact's hash says that these are the same bytes.
    """
    row = store.champion()
    if row is None:
        return None
    version, job = row["version"], row["training_job"]
    named = (row["artifact_uri"], scratch / "champion")
    live = store.fetch(*named, row["artifact_version_id"], row["artifact_sha256"])
    scorer = Scorer(live.folder)
    theirs, ours = scorer.contract, usecase.contract
    if theirs.target != ours.target:
        return Champion(version, job, why_not=f"it learned {theirs.target.column} otherwise")
    if lacking := [c.name for c in theirs.columns if c.name not in holdout.columns]:
        return Champion(version, job, why_not=f"it reads columns that are gone: {lacking}")
    return Champion(version, job, measure.quality(scorer, holdout))


def _describe(verdict: Verdict, dataset_version: str) -> str:
    """One line for the model package, within its 1,024 characters."""
    opened = sum(result.passed for result in verdict.results)
    values = ", ".join(f"{r.metric} {r.value:.4g} ({r.limit})" for r in verdict.results)
    line = f"{opened} of {len(verdict.results)} gates passed on dataset {dataset_version}: {values}"
    return f"{line}. {verdict.note}"[:1024]
