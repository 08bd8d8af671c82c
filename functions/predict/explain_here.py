"""Explanations made beside the model, in a container: whoever asks first has it loaded."""

import traceback
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from functions.predict import explain
from functions.predict.answer import Answer, unexplain
from functions.shared.explaining.native import Native
from functions.shared.explaining.service import explained
from functions.shared.explaining.words import Words


def add(
    predictions: list[Answer],
    asked: Mapping[str, Any],
    *,
    model_dir: Path,
    features_sha256: str,
    version: str,
) -> None:
    """Give each prediction its `explanation`, by the native model that lies beside the graph.

    Whatever goes wrong there is no reason to lose the prediction: it is told beside it.
    """
    scores = [prediction["score"] for prediction in predictions]
    try:
        native, words = _loaded(model_dir, features_sha256)
        found = explained(native, explain.instances(asked), scores, words, where=version)
    except Exception as error:  # XGBoost's, and of its import, have no common type
        traceback.print_exc()
        unexplain(predictions, f"{type(error).__name__} {error}"[: explain.MOST_SAID])
        return
    explain.put(predictions, found)


@cache
def _loaded(model_dir: Path, features_sha256: str) -> tuple[Native, Words]:
    return Native.load(model_dir, features_sha256=features_sha256), Words.deployed()
