"""The golden requests, asked of whoever is to give their answers."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from functions.release import model
from functions.release.context import Release
from functions.release.errors import SmokeFailed

TOLERANCE = 1e-5
Body = dict[str, Any]


def check(
    release: Release, wanted: Mapping[str, str], ask: Callable[[Body], Body], subject: str
) -> dict[str, Any]:
    """Ask every request; SmokeFailed names the first that errs or is answered otherwise.

    `ask` takes a request and gives the answer's body, whatever it is; `subject` is who answers.
    """
    asked, worst = 0, 0.0
    for number, entry in enumerate(entries(release, wanted), start=1):
        where = f"golden.jsonl line {number}, {subject}"
        scores = [p["score"] for p in entry["expected"]["predictions"]]
        got = _scores(ask(entry["request"]), where)
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


def entries(release: Release, wanted: Mapping[str, str]) -> list[Body]:
    """{"request": {"instances": [..]}, "expected": {"predictions": [{"score"}]}} each."""
    with TemporaryDirectory() as scratch:
        path = model.fetch(release, wanted, Path(scratch)) / "golden.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line]


def _scores(body: Body, where: str) -> list[float]:
    if "predictions" not in body:
        raise SmokeFailed(f"the answer is {str(body)[:500]}", where=where, expected="predictions")
    return [float(p["score"]) for p in body["predictions"]]
