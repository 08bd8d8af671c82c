"""The gates: closed until each is proven safe to open."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from penstock.errors import PenstockError
from penstock.metrics import HIGHER_IS_BETTER


class GateRule(Protocol):
    """What a gate says (penstock.spec.Gate, without pydantic where it is not wanted)."""

    @property
    def metric(self) -> str: ...
    @property
    def min(self) -> float | None: ...
    @property
    def max(self) -> float | None: ...
    @property
    def champion_tolerance(self) -> float | None: ...


@dataclass(frozen=True)
class GateResult:
    """One gate's outcome; `limit` is the bound that decided."""

    metric: str
    value: float
    limit: str
    champion: float | None
    passed: bool
    reason: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def check(
    gates: Sequence[GateRule],
    metrics: Mapping[str, float],
    champion: Mapping[str, float] | None,
) -> list[GateResult]:
    """Every gate against the candidate's metrics and, where asked, the champion's on the same rows.

    Without a champion (the first release) a champion comparison passes and says so.
    """
    results = []
    for gate in gates:
        if gate.metric not in metrics:
            raise PenstockError(
                f"a gate names the metric {gate.metric!r}, which is not measured",
                where="usecase.yaml, key gates",
                expected=f"one of {sorted(metrics)}",
            )
        results.append(_check(gate, metrics[gate.metric], (champion or {}).get(gate.metric)))
    return results


def _check(gate: GateRule, value: float, champion: float | None) -> GateResult:
    limits, failures = [], []
    if gate.min is not None:
        limits.append(f">= {gate.min:g}")
        if not value >= gate.min:
            failures.append(f"{value:.4g} is below {gate.min:g}")
    if gate.max is not None:
        limits.append(f"<= {gate.max:g}")
        if not value <= gate.max:
            failures.append(f"{value:.4g} is above {gate.max:g}")
    if gate.champion_tolerance is not None:
        limits.append(f"champion within {gate.champion_tolerance:g}")
        if champion is not None:
            higher = gate.metric in HIGHER_IS_BETTER
            worse_by = champion - value if higher else value - champion
            if not worse_by <= gate.champion_tolerance:
                failures.append(f"worse than the champion's {champion:.4g} by {worse_by:.4g}")
    alone = gate.champion_tolerance is not None and champion is None
    reason = "; ".join(failures) or ("passed, no champion yet" if alone else "passed")
    return GateResult(gate.metric, value, ", ".join(limits), champion, not failures, reason)
