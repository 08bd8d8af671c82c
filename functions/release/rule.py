"""The rule by which a canary is good or bad, written down and without AWS.

In this order; the first that holds is the verdict:
1. bad      a score of the canary is no number, or its invocations fail, at least two and more than
            the champion's beyond chance (Fisher's exact test at 1 %). A failure is our own fault,
            so no share of them is allowed; one alone may be Lambda's moment of weakness
2. bad      both have `min_samples` requests' records, and the canary refuses more of them than the
            champion, by over `max_refused_delta` and beyond chance (as above)
3. bad      both have `min_samples` predictions, and the canary's p95 latency is over the champion's
            times `max_latency_ratio` plus `max_latency_ms`
4. bad      ... or its scores differ from the champion's by more than `max_score_shift` beyond
            chance: the two-sample Kolmogorov-Smirnov distance exceeds that plus the critical
            value at `ks_alpha`. A better model differs a little, and with much traffic any
            difference is beyond chance. Each round looks anew, so a good canary is called bad
            with a chance of at most `ks_alpha` times the rounds. Of a model that has beaten this
            champion on the newest labelled answers, it is what exceeds the distance that was
            measured there, up and down each for itself: decision 0018
5. good     ... and with the samples seen a distance of `visible_shift` would surely (95 %) have
            been called bad: penstock.ks.visible. At 10 % of the traffic, an alpha of 0.001 and
            0.1 allowed, 0.5 takes 70 predictions of the canary, 0.6 takes 45, and 30 show 0.71
6. bad      too little traffic, once the last call has passed: a release that no one has tried is
            not promoted. The call comes while there is time for the alarm to roll back
7. waiting  otherwise
"""

import math
from dataclasses import dataclass, field
from typing import Any

from penstock import fisher
from penstock.ks import ks, visible
from penstock.mending import Mending

MIN_ERRORS = 2
CHANCE = 0.01  # of a difference in failures or refusals that is none
# an alarm needs a period, its evaluation and CodeDeploy's reaction before the bake ends
ROUNDS_FOR_THE_ALARM = 3


@dataclass(frozen=True)
class Canary:
    """The limits, as the use case sets them; `expected`: how far the scores of this very pair lie
    apart where the challenger is known to be the better one."""

    min_samples: int
    max_latency_ratio: float
    max_latency_ms: float
    max_refused_delta: float
    ks_alpha: float
    max_score_shift: float
    visible_shift: float
    expected: Mending | None = None


@dataclass
class Seen:
    """One version since the canary began; scores are a prediction's, latencies a request's."""

    scores: list[float] = field(default_factory=list)
    latencies_ms: list[float] = field(default_factory=list)
    unusable: int = 0
    refused: int = 0
    invocations: int = 0
    errors: int = 0

    @property
    def tried(self) -> int:
        return self.refused + len(self.scores)

    @property
    def refused_share(self) -> float:
        return self.refused / max(self.tried, 1)

    @property
    def failures(self) -> tuple[int, int]:
        """So many of so many; the two metrics do not come at the same moment."""
        return self.errors, max(self.invocations, self.errors)


def judge(champion: Seen, canary: Seen, rule: Canary, *, last_call: bool) -> tuple[str, str]:
    """("good" | "bad" | "waiting", why in one line)."""
    if why := compare(champion, canary, rule):
        return "bad", why
    shown = rule.max_score_shift + visible(len(champion.scores), len(canary.scores), rule.ks_alpha)
    counts = (
        f"{len(canary.scores)} and {len(champion.scores)} samples of canary and champion show a "
        f"score shift of {min(shown, 1):.2f}"
    )
    both = min(len(champion.scores), len(canary.scores)) >= rule.min_samples
    if both and shown <= rule.visible_shift:
        return "good", counts
    wanted = f"{counts}; {rule.visible_shift:g} and {rule.min_samples} each are wanted"
    return ("bad", f"too little traffic: {wanted}") if last_call else ("waiting", wanted)


def compare(champion: Seen, canary: Seen, rule: Canary) -> str | None:
    """What is wrong with the canary beside the champion, as far as both have samples for it."""
    reasons = [_failures(champion, canary)]
    if min(champion.tried, canary.tried) >= rule.min_samples:
        reasons.append(_refusals(champion, canary, rule))
    if min(len(champion.scores), len(canary.scores)) >= rule.min_samples:
        reasons += [_latency(champion, canary, rule), _scores(champion, canary, rule)]
    return next((reason for reason in reasons if reason), None)


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
        "errors": {k: s.errors + s.unusable for k, s in both.items()},
        "refused_share": {k: s.refused_share for k, s in both.items()},
        "ks": ks(champion.scores, canary.scores, alpha),
    }


def _failures(champion: Seen, canary: Seen) -> str | None:
    if canary.unusable > champion.unusable:
        return f"{canary.unusable} scores are no numbers"
    failed, invoked = canary.failures
    if failed < MIN_ERRORS or fisher.chance_of_more(failed, invoked, *champion.failures) > CHANCE:
        return None
    return f"{failed} of {invoked} invocations failed"


def _refusals(champion: Seen, canary: Seen, rule: Canary) -> str | None:
    theirs, ours = champion.refused_share, canary.refused_share
    chance = fisher.chance_of_more(canary.refused, canary.tried, champion.refused, champion.tried)
    if ours - theirs > rule.max_refused_delta and chance <= CHANCE:
        return f"refuses {ours:.1%}, the champion {theirs:.1%}"
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
    if found is None:
        return None
    limit, known = rule.max_score_shift + found["critical"], rule.expected
    if known is None:
        wrong = found["d"] > limit
        return f"scores differ: KS {found['d']:.3f}, allowed {limit:.3f}" if wrong else None
    for side, measured in (("up", known.up), ("down", known.down)):
        if found[side] > measured + limit:
            return (
                f"scores differ: KS {found[side]:.3f} {side}, {measured:.3f} were measured of this "
                f"better model, allowed {measured + limit:.3f}"
            )
    return None
