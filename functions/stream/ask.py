"""Asking predict about a batch: who breaks the contract is taken out, the others get answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from functions.stream.records import Poison, Row

# predict's words for a request that will never do, however often it is sent
REFUSED = (400, 413)
Predict = Callable[[bytes], Mapping[str, Any]]


class Unanswered(Exception):
    """Predict has no answer now and may have one later: throttled, too slow, without a model."""


@dataclass(frozen=True)
class Answered:
    row: Row
    prediction: Mapping[str, Any]
    model: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """What goes onto the output stream."""
        return {
            "prediction_id": self.prediction["id"],
            "row_id": self.row.row_id,
            "score": self.prediction["score"],
            "label": self.prediction["label"],
            "model": dict(self.model),
            "source": self.row.record.source(),
        }


@dataclass
class Outcome:
    answered: list[Answered] = field(default_factory=list)
    poison: list[Poison] = field(default_factory=list)


def ask(rows: Sequence[Row], predict: Predict) -> Outcome:
    """Every row's answer, in the rows' order, or the reason why it has none; else Unanswered.

    Each refusal takes rows out or halves what is asked next, so that it comes to an end.
    """
    outcome, todo = Outcome(), [list(rows)] if rows else []
    while todo:
        batch = todo.pop(0)
        body = predict(_request(batch))
        if len(found := body.get("predictions", ())) == len(batch):
            said = zip(batch, found, strict=True)
            outcome.answered += [Answered(row, one, body["model"]) for row, one in said]
        else:
            todo[:0] = _without_the_broken(batch, body, outcome.poison)
    outcome.answered.sort(key=lambda answered: answered.row.record.position)
    return outcome


def _without_the_broken(
    batch: list[Row], body: Mapping[str, Any], poison: list[Poison]
) -> list[list[Row]]:
    """What to ask next: the rows that no reason names; halves, if none is named."""
    error = body.get("error", {})
    if error.get("status") not in REFUSED:
        raise Unanswered(str(error.get("message") or body)[:500])
    reasons: dict[int, list[dict[str, Any]]] = {}
    for violation in error["violations"]:
        if violation["row"] is not None:
            reasons.setdefault(violation["row"], []).append({**violation, "row": None})
    if not reasons and len(batch) > 1:
        middle = len(batch) // 2
        return [batch[:middle], batch[middle:]]
    if not reasons:
        whole = {"row": None, "field": "", "expected": "a request", "got": error["message"]}
        reasons = {0: error["violations"] or [whole]}
    poison += [Poison(batch[i].record, broken) for i, broken in reasons.items()]
    rest = [row for i, row in enumerate(batch) if i not in reasons]
    return [rest] if rest else []


def _request(batch: Sequence[Row]) -> bytes:
    """The texts as they came: written anew, a number could come out as another one."""
    return f'{{"instances":[{",".join(row.text for row in batch)}]}}'.encode()
