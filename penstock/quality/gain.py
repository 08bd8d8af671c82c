"""How much better one model is than another on the same rows, and whether that is beyond chance."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from penstock import metrics
from penstock.quality import delong, student
from penstock.quality.estimate import Estimate, Floats, error, mean
from penstock.quality.loss import SAID

# y, the one's p and the other's -> by how much the one is better (above 0).
_GAINS: dict[str, Callable[[Floats, Floats, Floats], Estimate]] = {
    "roc_auc": delong.gain,
    "brier": lambda y, p, other: mean((other - y) ** 2 - (p - y) ** 2),
    "log_loss": lambda y, p, other: mean(metrics.log_losses(y, other) - metrics.log_losses(y, p)),
}


@dataclass(frozen=True)
class Gain:
    """`by` is above 0 where the one is better; better, worse: beyond chance, and by enough."""

    metric: str
    by: Estimate
    better: bool
    worse: bool

    @property
    def why(self) -> str:
        beyond = "better" if self.better else "worse" if self.worse else "neither better nor worse"
        return f"{SAID[self.metric]} {self.by.value:+.3g} ({self.by.low:+.3g} to " + (
            f"{self.by.high:+.3g}), {beyond}"
        )

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"why": self.why}


def measure(
    metric: str, y: Floats, p: Floats, other: Floats, *, level: float, worth: float, bearable: float
) -> Gain:
    """y: int [n] of 0 and 1, at least two rows of each; level: the chance of either wrong call.

    worth: a gain of no more is none, or many rows would make one of any change; bearable: so with
    a loss.
    """
    by = _GAINS[metric](y, p, other)
    size, df = error(*by.sides)
    beyond = student.tail(abs(by.value) / size, df) <= level if size else by.value != 0
    return Gain(
        metric, by, better=beyond and by.value > worth, worse=beyond and -by.value > bearable
    )
