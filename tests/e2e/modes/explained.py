"""What an explanation has to be, whoever made it."""

from typing import Any

from penstock.explanation import TOLERANCE, probability


def adds_up(prediction: dict[str, Any]) -> bool:
    """Base and contributions give the score that was answered."""
    found = prediction["explanation"]
    total = found["base_value"] + sum(found["contributions"].values())
    return bool(abs(probability(total) - prediction["score"]) <= TOLERANCE)
