"""Many rows at once, asked by a function of ours: packed in, packed out (`penstock.packed`).

Imported with the first such request: no caller of `live` pays for it.
"""

from typing import Any

from functions.predict import answer
from penstock import packed
from penstock.errors import ContractError
from penstock.scorer import Scorer


def reply(asked: Any, scorer: Scorer, model: dict[str, str]) -> answer.Answer:
    """`{"scores", "threshold", "labels", "model"}`, or 400; no record, as for every trial."""
    try:
        columns = packed.read(asked, scorer.contract)
    except ContractError as why:
        return answer.refused(why)
    return packed.answer(scorer.score(columns), scorer.contract) | {"model": model}
