"""Golden requests: made-up rows with the answers that any copy of the model must give.

No person is in them: values are drawn from the baseline's bins, those of personal columns from the
contract's own rules.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from penstock import text
from penstock.contract import Column, Contract
from penstock.scorer import Scorer

REQUESTS = 20
BATCH = 8  # the last request has several rows, since a batch is a way of its own
TOLERANCE = 1e-5
MOST_WORDS = 200  # of a text
MISSING_AT_LEAST = 0.1  # of a nullable column, so that a missing value is asked about too

Entry = dict[str, Any]


def build(scorer: Scorer, baseline: dict[str, Any], *, seed: int) -> list[Entry]:
    """{"request": {"instances": [..]}, "expected": {"predictions": [{id, score, label}]}} each."""
    rng = np.random.default_rng(seed)
    entries = []
    for number in range(1, REQUESTS + 1):
        rows = BATCH if number == REQUESTS else 1
        ids = [f"golden-{number}-{row}" for row in range(1, rows + 1)]
        instances = [_instance(scorer.contract, baseline, id_, rng) for id_ in ids]
        scores = scorer.score(scorer.contract.parse(instances)).tolist()
        predictions = [
            {"id": id_, "score": score, "label": scorer.label(score)}
            for id_, score in zip(ids, scores, strict=True)
        ]
        entries.append(
            {"request": {"instances": instances}, "expected": {"predictions": predictions}}
        )
    return entries


def failures(
    entries: Iterable[Entry], scorer: Scorer, *, tolerance: float = TOLERANCE
) -> list[str]:
    """A line for each request whose scores differ by more than `tolerance`."""
    lines = []
    for number, entry in enumerate(entries, start=1):
        expected = [p["score"] for p in entry["expected"]["predictions"]]
        got = scorer.score(scorer.contract.parse(entry["request"]["instances"]))
        if len(got) != len(expected):
            lines.append(f"golden request {number}: {len(got)} scores, expected {len(expected)}")
            continue
        error = float(np.abs(got - expected).max())
        if not error <= tolerance:  # so that NaN fails too
            lines.append(f"golden request {number}: off by {error:.2g}, expected {tolerance:g}")
    return lines


def write(entries: Iterable[Entry], path: Path) -> None:
    path.write_text("".join(json.dumps(e, sort_keys=True) + "\n" for e in entries), "utf-8")


def read(path: Path) -> list[Entry]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _instance(
    contract: Contract, baseline: dict[str, Any], id_: str, rng: np.random.Generator
) -> dict[str, Any]:
    row = {c.name: _value(c, baseline["columns"][c.name], rng) for c in contract.columns}
    return {contract.row_id: id_} | row


def _value(column: Column, entry: dict[str, Any], rng: np.random.Generator) -> Any:
    known = entry.get(text.CHARACTERS, entry)
    missing = max(known.get("missing", 0.0), MISSING_AT_LEAST)
    if column.nullable and rng.random() < missing:
        return None
    if column.type == "category":
        shares = entry.get("values") or dict.fromkeys(column.values or (), 1.0)
        weights = np.array(list(shares.values()))
        return str(rng.choice(list(shares), p=weights / weights.sum()))
    if column.type == "text":
        return _text(column, entry, rng)
    if column.type == "boolean":
        return bool(rng.random() < 0.5)
    return _number(column, entry, rng)


def _text(column: Column, entry: dict[str, Any], rng: np.random.Generator) -> str:
    """So many words as a text of training had, drawn from the vocabulary alone."""
    shares = entry.get(text.VOCABULARY, {}).get("words") or {"text": 1.0}
    weights = np.array(list(shares.values()))
    long = Column(column.name, "int", min=1, max=MOST_WORDS)
    count = int(_number(long, entry.get(text.WORDS, {}), rng))
    drawn = rng.choice(np.array(list(shares), object), count, p=weights / weights.sum())
    return " ".join(drawn)[: column.max_length]


def _number(column: Column, entry: dict[str, Any], rng: np.random.Generator) -> float | int:
    """Uniform within one of the baseline's bins; without bins, within the contract's range."""
    edges = entry.get("edges") or []
    if len(edges) > 1:
        knots = [2 * edges[0] - edges[1], *edges, 2 * edges[-1] - edges[-2]]
    else:
        low = column.min if column.min is not None else (edges[0] - 1 if edges else 0.0)
        knots = [low, column.max if column.max is not None else low + 2]
    bin_ = int(rng.integers(len(knots) - 1))
    number = float(rng.uniform(knots[bin_], knots[bin_ + 1]))
    number = round(number) if column.type == "int" else float(f"{number:.6g}")
    low = -np.inf if column.min is None else column.min
    high = np.inf if column.max is None else column.max
    number = min(max(number, low), high)
    return int(number) if column.type == "int" else number
