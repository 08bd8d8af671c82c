"""The golden requests against the very version that would go live."""

import json
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from functions.release.context import Release, State
from functions.release.errors import SmokeFailed
from functions.release.publish import fetch

TOLERANCE = 1e-5


def smoke(state: State, release: Release) -> dict[str, Any]:
    """Ask every golden request; SmokeFailed names the first that errs or answers otherwise.

    An invocation by version number is no traffic: predict keeps no record of it.
    """
    version, asked, worst = state["publish"]["version"], 0, 0.0
    with TemporaryDirectory() as scratch:
        golden = fetch(release, state["plan"]["model"], Path(scratch)) / "golden.jsonl"
        lines = golden.read_text(encoding="utf-8").splitlines() if golden.exists() else []
    for number, (request, scores) in enumerate(_golden(lines), start=1):
        where = f"golden.jsonl line {number}, version {version}"
        got = _ask(release, version, request, where)
        if len(got) != len(scores):
            raise SmokeFailed(
                f"{len(got)} predictions", where=where, expected=f"{len(scores)} predictions"
            )
        error = max(abs(g - s) for g, s in zip(got, scores, strict=True))
        if not error <= TOLERANCE:  # so that NaN fails too
            raise SmokeFailed(
                f"scores {got} are off by {error:.2g}",
                where=where,
                expected=f"{scores} within {TOLERANCE:g}",
            )
        asked, worst = number, max(worst, error)
    if not asked:
        raise SmokeFailed("no golden request", where="golden.jsonl", expected="at least one")
    return {"requests": asked, "max_abs_error": worst}


def _golden(lines: list[str]) -> Iterator[tuple[dict[str, Any], list[float]]]:
    """A line: {"request": {"instances": [..]}, "expected": {"predictions": [{"score"}]}}."""
    for line in lines:
        entry = json.loads(line)
        yield entry["request"], [p["score"] for p in entry["expected"]["predictions"]]


def _ask(release: Release, version: str, request: dict[str, Any], where: str) -> list[float]:
    answer = release.aws.awslambda.invoke(
        FunctionName=release.settings.predict_function,
        Qualifier=version,
        Payload=json.dumps(request).encode(),
    )
    said = answer["Payload"].read().decode()
    body = json.loads(said)
    if answer.get("FunctionError") or "predictions" not in body:
        raise SmokeFailed(f"the answer is {said[:500]}", where=where, expected="predictions")
    return [float(p["score"]) for p in body["predictions"]]
