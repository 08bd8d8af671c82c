"""From rows and the model that answered them to explanations that are proven to add up."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from functions.shared.explaining.errors import NotAdditive, TooMany
from functions.shared.explaining.shares import Shares
from functions.shared.explaining.words import Words
from penstock.artifact import NAMED
from penstock.contract import Columns, Contract
from penstock.errors import PenstockError
from penstock.explanation import MOST_ROWS_OF_A_CALL, SPACE, TOLERANCE, probability
from penstock.matrix import Floats

REASONS = 3


class Model(Protocol):
    """A model that says its scores, and how they come about (`Native`)."""

    @property
    def contract(self) -> Contract: ...

    def scores(self, columns: Columns) -> Floats: ...
    def shares(self, columns: Columns) -> Shares: ...


Find = Callable[[str, str, str], Model]


def explain(asked: Mapping[str, Any], find: Find, words: Words) -> dict[str, Any]:
    """Answer `{"model", "instances", "scores"}`; `find` gives the model that is named.

    The instances are held to the contract of that model. With scores (None: not known) another
    model's explanation, or one that does not add up, is refused.
    """
    instances, scores = asked["instances"], asked.get("scores")
    if len(instances) > MOST_ROWS_OF_A_CALL:
        raise TooMany(
            f"{len(instances)} instances",
            where="instances",
            expected=f"at most {MOST_ROWS_OF_A_CALL} in one call",
        )
    model = asked["model"]
    native = find(*(model[name] for name in NAMED))
    found = explained(native, instances, scores, words, where=model["artifact_uri"])
    return {"explanations": found, "space": SPACE}


def explained(
    model: Model,
    instances: Sequence[Mapping[str, Any]],
    scores: Sequence[float] | None,
    words: Words,
    *,
    where: str,
) -> list[dict[str, Any]]:
    """One explanation an instance; NotAdditive names the model by `where`."""
    shares = model.shares(model.contract.parse(instances))
    found = [probability(log_odds) for log_odds in shares.log_odds.tolist()]
    if scores is not None:
        _same(found, scores, where)
    return [_one(shares, row, score, words) for row, score in enumerate(found)]


def _same(found: Sequence[float], scores: Sequence[float], where: str) -> None:
    if len(found) != len(scores):
        raise PenstockError(
            f"{len(scores)} scores", where="scores", expected=f"one an instance: {len(found)}"
        )
    for row, (ours, theirs) in enumerate(zip(found, scores, strict=True)):
        if not abs(ours - theirs) <= TOLERANCE:  # so that NaN is refused too
            raise NotAdditive(
                f"row {row}: base and contributions give {ours:.6f}, the answer was {theirs:.6f}",
                where=where,
                expected=f"the same within {TOLERANCE:g}",
            )


def _one(shares: Shares, row: int, score: float, words: Words) -> dict[str, Any]:
    """The largest contributions first, and the first few of them in words."""
    found = {name: float(values[row]) for name, values in shares.contributions.items()}
    ranked = sorted(found.items(), key=lambda item: (-abs(item[1]), item[0]))
    reasons = []
    for name, contribution in ranked[:REASONS]:
        if contribution == 0:
            break
        value = words.value(name, shares.features[name][row])
        reasons.append(
            {
                "column": name,
                "value": value,
                "contribution": contribution,
                "text": words.reason(name, value, contribution),
            }
        )
    return {
        "base_value": float(shares.base[row]),
        "contributions": dict(ranked),
        "reasons": reasons,
        "score": score,
    }
