"""Who scores a part's rows: the released version, or its native model, held to that version."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from functions.batch.errors import ContractsDiffer, NoModel, PredictFailed, RuntimesDiffer
from functions.batch.store import Store
from penstock import packed
from penstock.explanation import TOLERANCE

# Lambda takes 6 MB; the answers to so many rows are below one.
REQUEST_ROWS, REQUEST_BYTES = 10_000, 5_500_000
IN_FLIGHT = 2  # in less time than one takes to be answered, another is made and the answers written
HELD = 256  # rows of a part, spread over it, whose native scores are held to the version's

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Answered:
    """`scores` [k]; from the threshold on the label is the second of the two."""

    scores: packed.Floats
    threshold: float
    words: tuple[str, str]

    @property
    def labels(self) -> pl.Series:
        """As text [k]."""
        below, above = map(pl.lit, self.words)
        from_there = pl.Series(self.scores >= self.threshold)
        return pl.select(label=pl.when(from_there).then(above).otherwise(below)).to_series()


def by_version(values: pl.DataFrame, store: Store, job: Facts) -> Answered:
    """By the predict function, asked by its version's number."""
    version = job["version"]
    where = f"{store.predict_function}:{version}"

    def ask(request: bytes) -> Facts:
        said = store.predict(version, request)
        if "error" not in said and said["model"]["version"] == version:
            return said
        error = said.get("error", {})
        if error.get("status") == 400:
            raise ContractsDiffer(
                error["message"], where=where, expected="the deployed contract: release it"
            )
        if error.get("status") == 503:
            raise NoModel(error["message"], where=where, expected="a version with a model")
        raise PredictFailed(f"{error or said.get('model')}", where=where, expected="predictions")

    return _together(ask, requests(values, {}))


def by_native(values: pl.DataFrame, store: Store, job: Facts) -> Answered:
    """By the explain function, from the artifact that the version was made of.

    RuntimesDiffer unless the version itself says the same of HELD rows. A row so near to the
    threshold that the two could label it otherwise has the version's score, in any part.
    """
    told = {"step": "scores", "model": job["artifact"]}
    native = _together(store.scores, requests(values, told))
    near = np.abs(native.scores - native.threshold) <= TOLERANCE
    held = near.copy()
    held[np.linspace(0, len(held) - 1, HELD).astype(np.int64)] = True
    version = by_version(values.filter(pl.Series(held)), store, job)
    ours, theirs = native.scores[held], version.scores
    worst = int(np.argmax(np.abs(ours - theirs)))
    if not abs(ours[worst] - theirs[worst]) <= TOLERANCE or native.threshold != version.threshold:
        raise RuntimesDiffer(
            f"the native model says {ours[worst]:.9f} of a row, the version {theirs[worst]:.9f} "
            f"(their thresholds: {native.threshold}, {version.threshold})",
            where=f"{job['artifact']['artifact_uri']} and version {job['version']}",
            expected=f"the same within {TOLERANCE:g}, or serving.batch.runtime: graph",
        )
    scores = native.scores.copy()
    scores[near] = theirs[near[held]]
    return Answered(scores, version.threshold, version.words)


def requests(values: pl.DataFrame, told: Facts) -> Iterator[bytes]:
    """What is told with the rows packed, in their order, each of a size that Lambda takes."""
    step, start = REQUEST_ROWS, 0
    while start < values.height:
        some = values.slice(start, step)
        body = json.dumps({**told, "packed": {s.name: _packed(s) for s in some}}).encode()
        if len(body) > REQUEST_BYTES and step > 1:
            step = max(1, step * REQUEST_BYTES // len(body) - 1)
            continue
        yield body
        start += some.height


def _packed(values: pl.Series) -> str | dict[str, Any]:
    if values.dtype != pl.String:
        return packed.numbers(values.to_numpy())
    words = values.drop_nulls().unique(maintain_order=True)
    codes = values.cast(pl.Enum(words)).to_physical().cast(pl.Int32).fill_null(-1)
    return packed.texts(codes.to_numpy(), words.to_list())


def _together(ask: Callable[[bytes], Facts], asked: Iterable[bytes]) -> Answered:
    """Requests are made while others are answered, none long before its turn."""
    answers: list[Facts] = []
    waiting: deque[Future[Facts]] = deque()
    with ThreadPoolExecutor(IN_FLIGHT) as pool:
        for request in asked:
            waiting.append(pool.submit(ask, request))
            if len(waiting) > IN_FLIGHT:
                answers.append(waiting.popleft().result())
        answers += [one.result() for one in waiting]
    first, words = answers[0], answers[0]["labels"]
    scores = np.concatenate([packed.scores(one) for one in answers])
    return Answered(scores, first["threshold"], (words[0], words[1]))
