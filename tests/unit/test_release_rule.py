"""The rule of the canary: what is bad, what is good, and when too little was seen."""

from dataclasses import replace

import pytest

from functions.release.fingerprint import fingerprint
from functions.release.rule import Canary, Seen, is_last_call, judge, p95
from penstock.mending import Mending

RULE = Canary(
    min_samples=30, max_latency_ratio=2.0, max_latency_ms=50.0, max_refused_delta=0.05,
    ks_alpha=0.001,
    max_score_shift=0.1, visible_shift=0.6,
)  # fmt: skip


def seen(n: int = 100, *, shift: float = 0.0, latency: float = 10.0, **more: int) -> Seen:
    scores = [i / 100 + shift for i in range(n)]
    return Seen(scores, [latency] * n, invocations=n, **more)


def verdict(champion: Seen, canary: Seen, *, last_call: bool = False) -> str:
    return judge(champion, canary, RULE, last_call=last_call)[0]


def test_an_equal_canary_is_good() -> None:
    assert verdict(seen(), seen(40), last_call=True) == "bad"  # a truncated range of scores
    assert verdict(seen(), seen(), last_call=True) == "good"


def test_a_model_that_differs_a_little_is_good_however_sure_the_difference() -> None:
    """Beyond chance (critical 0.276), and within what a better model may differ beside it."""
    assert verdict(seen(), seen(shift=0.3)) == "good"
    assert verdict(seen(), seen(shift=0.4)) == "bad"


def test_a_shift_that_evaluate_measured_of_a_better_model_is_allowed_and_no_more() -> None:
    """0.7 upwards is within 0.5 that was measured plus what is allowed anyway (0.276)."""
    expected = replace(RULE, expected=Mending("a" * 64, up=0.5, down=0.0, labels=0.3))
    assert verdict(seen(), seen(shift=0.7)) == "bad"
    assert judge(seen(), seen(shift=0.7), expected, last_call=True)[0] == "good"
    what, why = judge(seen(), seen(shift=0.9), expected, last_call=True)
    assert what == "bad"
    assert why.startswith("scores differ: KS 0.9")
    assert "up, 0.500 were measured of this better model, allowed 0.876" in why
    down = judge(seen(), seen(shift=-0.7), expected, last_call=True)
    assert down[0] == "bad", "a shift the other way was never measured"


@pytest.mark.parametrize(
    "canary", [seen(errors=8), seen(unusable=1), seen(refused=10), seen(latency=70.1)]
)
def test_a_better_model_is_held_to_every_other_limit(canary: Seen) -> None:
    expected = replace(RULE, expected=Mending("a" * 64, up=0.9, down=0.9, labels=0.9))
    assert judge(seen(), canary, expected, last_call=False)[0] == "bad"


@pytest.mark.parametrize(
    ("canary", "why"),
    [
        (seen(errors=8), "8 of 100 invocations failed"),
        (seen(unusable=1), "1 scores are no numbers"),
        (seen(refused=10), "refuses 9.1%"),
        (seen(latency=70.1), "p95 latency 70.1 ms, allowed 70.0 ms"),
        (seen(shift=0.4), "scores differ: KS 0.4"),
    ],
)
def test_each_limit_by_itself_makes_it_bad(canary: Seen, why: str) -> None:
    what, said = judge(seen(), canary, RULE, last_call=False)
    assert what == "bad"
    assert why in said


@pytest.mark.parametrize(
    "canary", [seen(errors=6), seen(refused=4), seen(latency=69.9), seen(shift=0.1)]
)
def test_just_within_each_limit_is_good(canary: Seen) -> None:
    assert verdict(seen(), canary) == "good"


def test_what_the_champion_does_too_is_not_held_against_the_canary() -> None:
    assert verdict(seen(errors=30), seen(errors=30)) == "good"
    assert verdict(seen(refused=30), seen(refused=30)) == "good"
    assert verdict(seen(latency=500), seen(latency=900)) == "good"


def test_errors_are_bad_before_there_are_samples() -> None:
    assert verdict(seen(), Seen(invocations=3, errors=2)) == "bad"
    assert verdict(seen(), Seen(invocations=1, errors=1)) == "waiting", "one alone is an accident"


def test_as_many_failures_are_bad_where_the_champion_was_asked_more_and_failed_less() -> None:
    champion = seen()
    champion.invocations = 900
    assert verdict(champion, seen(errors=2)) == "bad"
    champion.errors = 9
    assert verdict(champion, seen(errors=2)) == "good"


def test_what_chance_explains_is_no_refusal_too_many() -> None:
    few = Seen([0.5] * 30, [10.0] * 30, refused=2)
    assert few.refused_share > RULE.max_refused_delta
    assert verdict(Seen([0.5] * 270, [10.0] * 270), few) == "waiting"


def test_a_canary_that_only_refuses_is_bad_by_that() -> None:
    what, why = judge(seen(), Seen(refused=30), RULE, last_call=False)
    assert (what, why) == ("bad", "refuses 100.0%, the champion 0.0%")


@pytest.mark.parametrize(("champion", "canary"), [(100, 29), (29, 100), (0, 0)])
def test_too_few_samples_wait_until_the_last_call(champion: int, canary: int) -> None:
    assert verdict(seen(champion), seen(canary)) == "waiting"
    what, why = judge(seen(champion), seen(canary), RULE, last_call=True)
    assert what == "bad"
    assert f"too little traffic: {canary} and {champion} samples" in why


def test_samples_that_could_not_show_the_shift_are_no_verdict() -> None:
    """30 beside 270 surely show a shift of 0.71, 45 beside 405 one of 0.6."""
    assert verdict(seen(270), seen(30)) != "good"
    many = Seen([i / 405 for i in range(405)], [10.0] * 405)
    canary = Seen([i / 45 for i in range(44)], [10.0] * 45)
    assert verdict(many, canary) == "waiting"
    canary.scores.append(44 / 45)
    assert verdict(many, canary) == "good"


@pytest.mark.parametrize(("total", "first_last_call"), [(4, 2), (10, 7), (20, 16), (100, 80)])
def test_the_last_call_leaves_the_alarm_its_time(total: int, first_last_call: int) -> None:
    calls = [n for n in range(1, total + 1) if is_last_call(n, total)]
    assert calls[0] == first_last_call
    assert total - first_last_call >= 2


def test_p95_is_the_nearest_rank() -> None:
    assert p95([float(i) for i in range(1, 101)]) == 95.0
    assert p95([7.0]) == 7.0
    assert p95([]) is None


CONFIGURATION = {"MemorySize": 512, "Layers": [{"Arn": "l:1"}], "Environment": {"Variables": {}}}


@pytest.mark.parametrize(
    "other",
    [
        fingerprint(CONFIGURATION | {"MemorySize": 1024}, "code", "model"),
        fingerprint(CONFIGURATION | {"Layers": [{"Arn": "l:2"}]}, "code", "model"),
        fingerprint(CONFIGURATION | {"Environment": {"Variables": {"A": "b"}}}, "code", "model"),
        fingerprint(CONFIGURATION, "other code", "model"),
        fingerprint(CONFIGURATION, "code", "other model"),
    ],
)
def test_everything_that_makes_a_version_is_in_its_fingerprint(other: str) -> None:
    assert fingerprint(CONFIGURATION, "code", "model") != other


def test_dates_and_revisions_are_not_in_the_fingerprint() -> None:
    later = CONFIGURATION | {"LastModified": "now", "RevisionId": "2", "CodeSha256": "scratch"}
    assert fingerprint(CONFIGURATION, "code", "model") == fingerprint(later, "code", "model")
