"""The rule by which a canary is good or bad, written down and without AWS.

In this order; the first that holds is the verdict:
1. bad      the canary's invocations fail, at least 2 and over 1 % more of them than the champion's
2. bad      both have `min_samples` requests' records, and the canary refuses more of them than the
            champion by over `max_refused_delta`
3. bad      both have `min_samples` predictions, and the canary's p95 latency is over the champion's
            times `max_latency_ratio` plus `max_latency_ms`
4. bad      ... or its scores differ from the champion's by more than `max_score_shift` beyond
            chance: the two-sample Kolmogorov-Smirnov distance exceeds that plus the critical
            value at `ks_alpha`. A better model differs a little, and with much traffic any
            difference is beyond chance
5. good     both have `min_samples` predictions
6. bad      too little traffic, once the last call has passed: a release that no one has tried is
            not promoted. The call comes while there is time for the alarm to roll back
7. waiting  otherwise
"""

import math
from dataclasses import dataclass, field
from typing import Any

from penstock.ks import ks

MIN_ERRORS = 2
MAX_ERROR_DELTA = 0.01
# an alarm needs a period, its evaluation and CodeDeploy's reaction before the bake ends
ROUNDS_FOR_THE_ALARM = 3


@dataclass(frozen=True)
class Canary:
    """The limits, as the use case sets them."""

    min_samples: int
    max_latency_ratio: float
    max_latency_ms: float
    max_refused_delta: float
    ks_alpha: float
    max_score_shift: float


@dataclass
class Seen:
    """One version since the canary began; scores are a prediction's, latencies a request's."""

    scores: list[float] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)
    refused: int = 0
    invocations: int = 0
    errors: int = 0

    @property
    def refused_share(self) -> float:
        return self.refused / max(self.refused + len(self.scores), 1)

    @property
    def error_share(self) -> float:
        return self.errors / max(self.invocations, self.errors, 1)


def judge(champion: Seen, canary: Seen, rule: Canary, *, last_call: bool) -> tuple[str, str]:
    """("good" | "bad" | "waiting", why in one line)."""
    enough = rule.min_samples
    both = min(len(champion.scores), len(canary.scores))
    tried = min(s.refused + len(s.scores) for s in (champion, canary))
    reasons = [_errors(champion, canary)]
    if tried >= enough:
        reasons.append(_refusals(champion, canary, rule))
    if both >= enough:
        reasons += [_latency(champion, canary, rule), _scores(champion, canary, rule)]
    if why := next((r for r in reasons if r), None):
        return "bad", why
    counts = f"canary {len(canary.scores)}, champion {len(champion.scores)} of {enough} samples"
    if both >= enough:
        return "good", counts
    return ("bad", f"too little traffic: {counts}") if last_call else ("waiting", counts)


def is_last_call(checks_done: int, checks_total: int) -> bool:
    """After four fifths of the rounds, or earlier if the alarm could not act in what is left."""
    latest = min(math.floor(0.8 * checks_total), checks_total - ROUNDS_FOR_THE_ALARM)
    return checks_done >= max(latest, math.ceil(checks_total / 2))


def p95(values: list[float]) -> float | None:
    """Nearest rank: the smallest value that 95 % do not exceed."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1] if values else None


def evidence(champion: Seen, canary: Seen, alpha: float) -> dict[str, Any]:
    """What the verdict rests on, for the record."""
    both = {"champion": champion, "canary": canary}
    return {
        "samples": {k: len(s.scores) for k, s in both.items()},
        "p95_ms": {k: p95(s.latencies_ms) for k, s in both.items()},
        "errors": {k: s.errors for k, s in both.items()},
        "refused_share": {k: s.refused_share for k, s in both.items()},
        "ks": ks(champion.scores, canary.scores, alpha),
    }


def _errors(champion: Seen, canary: Seen) -> str | None:
    over = canary.error_share - champion.error_share
    if canary.errors >= MIN_ERRORS and over > MAX_ERROR_DELTA:
        return f"{canary.errors} of {canary.invocations} invocations failed"
    return None


def _refusals(champion: Seen, canary: Seen, rule: Canary) -> str | None:
    if canary.refused_share - champion.refused_share > rule.max_refused_delta:
        return f"refuses {canary.refused_share:.1%}, the champion {champion.refused_share:.1%}"
    return None


def _latency(champion: Seen, canary: Seen, rule: Canary) -> str | None:
    theirs, ours = p95(champion.latencies_ms), p95(canary.latencies_ms)
    if theirs is None or ours is None:
        return None
    limit = theirs * rule.max_latency_ratio + rule.max_latency_ms
    if ours > limit:
        return f"p95 latency {ours:.1f} ms, allowed {limit:.1f} ms (champion {theirs:.1f} ms)"
    return None


def _scores(champion: Seen, canary: Seen, rule: Canary) -> str | None:
    found = ks(champion.scores, canary.scores, rule.ks_alpha)
    if found and found["d"] > (limit := rule.max_score_shift + found["critical"]):
        return f"scores differ: KS {found['d']:.3f}, allowed {limit:.3f}"
    return None
