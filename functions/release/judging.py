"""A round of the judge, for a function and for an endpoint alike: rule, last call, verdict."""

from collections.abc import Mapping
from typing import Any

from functions.release import limits, rule, verdict
from functions.release.context import Release, State
from functions.release.rule import Seen


def decide(state: State, release: Release, seen: Mapping[str, Seen]) -> dict[str, Any]:
    """`seen` by version: what each has answered since the canary began."""
    champion, canary = seen[state["plan"]["alias_version"]], seen[state["publish"]["version"]]
    canary_rule = limits.of(state, release)
    before = state.get("judge", {})
    done = before.get("checks_done", 0) + 1
    last_call = rule.is_last_call(done, state["start"]["checks_total"])
    what, why = rule.judge(champion, canary, canary_rule, last_call=last_call)
    if before.get("verdict") == "bad" and what != "bad":
        what, why = "bad", before["why"]  # a verdict of bad is final: what listens acts on it
    verdict.put(release, bad=what == "bad")
    found = rule.evidence(champion, canary, canary_rule.ks_alpha)
    expected = canary_rule.expected.text if canary_rule.expected else None
    return {"verdict": what, "why": why, "checks_done": done, "expected_shift": expected, **found}
