"""The course of one evaluation: fetch, measure, compare, judge, write down."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from functions.evaluate import measure, recent
from functions.evaluate.measure import Holdout
from functions.evaluate.recent import Recent
from functions.evaluate.store import Store
from functions.evaluate.verdict import Champion, Verdict, judge
from functions.shared.artifacts import Artifact, ArtifactRefused
from functions.shared.s3 import to_json
from functions.shared.usecase import Deployed
from penstock import artifact, baseline, golden
from penstock.events import UNASKED
from penstock.mending import NONE
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
    champion, live = _champion(usecase, store, holdout, scratch)
    identity = artifact.identity(candidate.folder)
    newest = None
    if champion and champion.model_sha256 != identity:
        newest = _newest(prepared, usecase, store, holdout, (scorer, live), champion)
    verdict = judge(usecase.gates, metrics, champion, newest, approves_itself=approves_itself)
    facts = {
        "trigger": prepared["trigger"],
        "reason": prepared["reason"],
        "dataset_version": prepared["dataset_version"],
        "training_job": job,
        "artifact_uri": candidate.uri,
        "artifact_version_id": candidate.version_id,
        "artifact_sha256": candidate.sha256,
        "model_sha256": identity,
    }
    measured = {
        "usecase": usecase.name,
        **facts,
        "holdout": {"rows": len(holdout.y), "positives": int(holdout.y.sum())},
        "metrics": metrics,
        "intervals": measure.intervals(scorer, holdout),
        "champion": champion.to_dict() if champion else None,
        "golden": failures,
    }
    judged = {
        "passed": verdict.passed,
        "approval": verdict.approval,
        "note": verdict.note,
        "gates": [result.to_dict() for result in verdict.results],
        "recent": newest.to_dict() if newest else None,
    }
    in_time = usecase.event_time is not None  # then prepare has sorted the holdout by it
    watched = _baseline(candidate, scorer, holdout, in_time=in_time)
    return {
        **facts,
        "passed": verdict.passed,
        "approval": verdict.approval,
        "expected_shift": newest.mends.text if newest and newest.mends else NONE,
        "metrics": {name: f"{value:.6g}" for name, value in metrics.items()},
        "metrics_uri": store.write(job, "metrics.json", to_json(measured)),
        "gates_uri": store.write(job, "gates.json", to_json({**facts, **judged})),
        "baseline_uri": store.write(job, "baseline.json", to_json(watched)),
        "description": _describe(verdict, prepared),
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


def _baseline(
    candidate: Artifact, scorer: Scorer, holdout: Holdout, *, in_time: bool
) -> dict[str, Any]:
    """The artifact's baseline, its scores and distances those of the holdout."""
    found: dict[str, Any] = json.loads((candidate.folder / "baseline.json").read_text("utf-8"))
    columns = holdout.of(scorer.contract)
    return baseline.on_unseen(found, columns, scorer.score(columns), in_time=in_time)


def _newest(
    prepared: Mapping[str, Any],
    usecase: Deployed,
    store: Store,
    holdout: Holdout,
    models: tuple[Scorer, Scorer | None],
    champion: Champion,
) -> Recent:
    """Candidate and champion on the newest labelled answers; where there are none, on the holdout.

    By event time the holdout is the newest of the data, too.
    """
    trigger, uri = prepared["trigger"], prepared["recent_uri"]
    rows = prepared["recent_why"]
    if not uri:
        newest = ", the newest rows by event time" if usecase.event_time else ""
        rows = f"the holdout{newest} ({rows})"
    candidate, live = models
    if live is None:
        return Recent(recent.UNKNOWN, champion.why_not or "", rows, trigger not in UNASKED)
    seen = Holdout.read(store.read(uri), usecase.contract, where=uri) if uri else holdout
    metrics = tuple(usecase.quality.smallest_loss) if usecase.quality else recent.METRICS
    allowed = {g.metric: g.champion_tolerance for g in usecase.gates if g.champion_tolerance}
    return recent.compare(
        trigger,
        candidate,
        live,
        seen,
        rows=rows,
        metrics=metrics,
        tolerances=allowed,
        champion_sha256=champion.model_sha256 if uri else None,
    )


def _champion(
    usecase: Deployed, store: Store, holdout: Holdout, scratch: Path
) -> tuple[Champion | None, Scorer | None]:
    """The champion on this holdout, and what scores as it does; None before the first release.

    Its features.py may be older than the deployed one: it was checked when it was released, and
    the artifact's hash says that these are the same bytes.
    """
    row = store.champion()
    if row is None:
        return None, None
    said = (row["version"], row["training_job"], row.get("model_sha256"))
    named = (row["artifact_uri"], scratch / "champion")
    live = store.fetch(*named, row["artifact_version_id"], row["artifact_sha256"])
    scorer = Scorer(live.folder)
    theirs, ours = scorer.contract, usecase.contract
    if theirs.target != ours.target:
        return Champion(*said, why_not=f"it learned {theirs.target.column} otherwise"), None
    if lacking := [c.name for c in theirs.columns if c.name not in holdout.columns]:
        return Champion(*said, why_not=f"it reads columns that are gone: {lacking}"), None
    return Champion(*said, measure.quality(scorer, holdout)), scorer


def _describe(verdict: Verdict, prepared: Mapping[str, Any]) -> str:
    """One line for the model package, within its 1,024 characters."""
    opened = sum(result.passed for result in verdict.results)
    values = ", ".join(f"{r.metric} {r.value:.4g} ({r.limit})" for r in verdict.results)
    where = f"gates passed on dataset {prepared['dataset_version']}"
    line = f"{opened} of {len(verdict.results)} {where}: {values}"
    return f"{verdict.note}. {line}. Trained for: {prepared['reason']}"[:1024]
