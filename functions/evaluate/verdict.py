"""From measurements to an approval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from functions.evaluate.recent import Recent
from penstock import gates
from penstock.gates import GateResult, GateRule
from penstock.package import APPROVED, PENDING, REJECTED


@dataclass(frozen=True)
class Champion:
    """Who is live, measured on the candidate's holdout; `why_not` if that cannot be."""

    version: str
    training_job: str
    model_sha256: str | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    why_not: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "training_job": self.training_job,
            "metrics": dict(self.metrics),
            "why_not": self.why_not,
        }


@dataclass(frozen=True)
class Verdict:
    """The gates' outcomes and what follows from them; `note` says why it is not automatic."""

    results: list[GateResult]
    approval: str
    note: str

    @property
    def passed(self) -> bool:
        return self.approval != REJECTED


def judge(
    rules: Sequence[GateRule],
    metrics: Mapping[str, float],
    champion: Champion | None,
    recent: Recent | None,
    *,
    approves_itself: bool,
) -> Verdict:
    """Rejected if a gate is closed, or the newest rows speak against it; else Approved, or left to
    a person. `recent` is None without a champion to be compared with.

    A champion that exists but cannot be measured here must not count as "no champion yet": where
    a gate asks for the comparison, a person decides.
    """
    results = gates.check(rules, metrics, champion.metrics if champion else None)
    compares = any(rule.champion_tolerance is not None for rule in rules)
    if failed := [result for result in results if not result.passed]:
        return Verdict(results, REJECTED, "; ".join(f"{r.metric}: {r.reason}" for r in failed))
    if recent and recent.rejects:
        return Verdict(results, REJECTED, recent.why)
    if champion and champion.why_not and compares:
        note = f"the champion could not be measured: {champion.why_not}"
        return Verdict(results, PENDING, note)
    if recent and recent.leaves_it_open:
        note = f"nobody asked for it, and that it is better cannot be told: {recent.why}"
        return Verdict(results, PENDING, note)
    if not approves_itself:
        return Verdict(results, PENDING, "this environment approves by hand")
    return Verdict(results, APPROVED, "every gate passed")
