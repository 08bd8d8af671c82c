"""Scores of many rows by the native model, for batch: packed in, packed out (`penstock.packed`)."""

from collections.abc import Mapping
from typing import Any

from functions.shared.explaining.service import Find
from penstock import packed
from penstock.artifact import NAMED


def scores(asked: Mapping[str, Any], find: Find) -> dict[str, Any]:
    """Answer `{"model", "packed"}`; `find` gives the model that is named.

    The rows are held to the contract of that model: ContractError. Whoever asks holds the scores to
    those of the released version.
    """
    model = find(*(asked["model"][name] for name in NAMED))
    columns = packed.read(asked["packed"], model.contract)
    return packed.answer(model.scores(columns), model.contract)
