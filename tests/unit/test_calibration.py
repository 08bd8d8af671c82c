"""Alarms keep their budget at any size of window, and find what is worth knowing."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from penstock import baseline, bins
from penstock.calibration import (
    Finding,
    Look,
    Rules,
    Watched,
    entropy,
    evidence,
    findings,
    holm,
    hypergeometric,
    tables,
)
from penstock.errors import PenstockError
from penstock.statistics import Pair

HOURLY = Rules(false_alarms_per_year=1, looks_per_year=8760, smallest_shift=0.1)
LAW = np.append(np.full(10, 0.1), 0)
EDGES = [float(edge) for edge in range(9)]
LABELS = tuple(f"bin {i}" for i in range(11))


def look(*pairs: Pair, rules: Rules = HOURLY, usual: float = 0.0) -> tuple[Finding, ...]:
    columns = (Watched(f"c{i}", pair, LABELS, usual) for i, pair in enumerate(pairs))
    return findings(Look(rules, tuple(columns)))


def test_fishers_exact_test_equals_scipys_on_any_table() -> None:
    rng = np.random.default_rng(1)
    total = rng.integers(2, 4000, 400)
    marked, drawn = (np.array([rng.integers(0, n + 1) for n in total]) for _ in range(2))
    hit = np.array(
        [rng.hypergeometric(m, t - m, d) for m, t, d in zip(marked, total, drawn, strict=True)]
    )
    ours = hypergeometric.log_p(*(a.astype(float) for a in (hit, marked, drawn, total)))
    for table in zip(hit, marked, drawn, total, np.exp(ours), strict=True):
        h, m, d, t, p = table
        law = stats.hypergeom(t, m, d)
        theirs = min(1, 2 * (law.sf(h - 1) if h * t >= d * m else law.cdf(h)))
        assert p == pytest.approx(theirs, rel=1e-8)


def test_fishers_exact_test_holds_a_hundred_standard_deviations_out() -> None:
    """A p-value below every float is still a number, and more drift has a smaller one."""
    far = [np.array([x]) for x in (5e5, 6e5, 9e5)]
    sizes = (np.array([1e6]), np.array([1e6]), np.array([2e6]))
    none, some, most = (float(hypergeometric.log_p(hit, *sizes)[0]) for hit in far)
    assert none == pytest.approx(0, abs=1e-9)
    assert -math.inf < most < some < math.log(1e-300)


@pytest.mark.parametrize(("n", "m"), [(40, 4000), (4000, 40), (500, 500)])
def test_the_entropy_bound_is_never_smaller_than_chance(n: int, m: int) -> None:
    rng = np.random.default_rng(3)
    law = np.array([0.5, 0.3, 0.1, 0.05, 0.03, 0.02])
    found = []
    for _ in range(4000):
        b, w = rng.multinomial(n, law).astype(float), rng.multinomial(m, law).astype(float)
        held = b + w > 0
        found.append(entropy.log_p(b[held], w[held]))
    for level in (0.3, 0.05, 0.01):
        assert np.mean(np.exp(found) <= level) <= level


def test_the_entropy_bound_sees_a_move_that_is_small_in_every_bin() -> None:
    """A quarter more or less in each of sixty bins: no bin alone tells of it."""
    b = np.full(60, 2000.0)
    pair = Pair.of(b, 100 * (1 + 0.25 * (-1.0) ** np.arange(60)))
    cuts = evidence.cuts_of(pair)
    best = hypergeometric.log_p(*evidence._table(pair, cuts)).min() + math.log(len(cuts))
    assert evidence.weigh([pair])[0].log_p < best - math.log(10)


@pytest.mark.parametrize("rows", [30, 300, 30_000])
def test_a_columns_p_value_is_at_most_x_with_at_most_x(rows: int) -> None:
    """Baselines are drawn too: their own noise is counted, even where they are the smaller side."""
    rng = np.random.default_rng(rows)
    pairs = [
        Pair.of(rng.multinomial(1000, LAW), rng.multinomial(rows, LAW), EDGES) for _ in range(3000)
    ]
    p = np.array([found.p_value for found in evidence.weigh(pairs)])
    for level in (0.3, 0.1, 0.01):
        assert np.mean(p <= level) <= level
    assert np.mean(p <= 0.3) > 0.02, "so careful that it says nothing"


@pytest.mark.parametrize(
    ("n", "tenth", "m"), [(1000, 100, 1000), (10_000, 1000, 300), (100, 10, 5000)]
)
@pytest.mark.parametrize("level", [1e-2, 1e-4, 1e-6])
def test_fishers_test_keeps_its_level_on_tenths_of_the_baseline(
    n: int, tenth: int, m: int, level: float
) -> None:
    """Not a draw but a tenth by construction: the window's rows in it are beta-binomial."""
    hit = np.arange(m + 1.0)
    full = np.ones_like(hit)
    log_p = hypergeometric.log_p(hit, hit + tenth, full * m, full * (n + m))
    chance = stats.betabinom(m, tenth, n + 1 - tenth).pmf(hit)
    assert level / 20 < chance[log_p <= math.log(level)].sum() <= level


@pytest.mark.parametrize("rows", [50, 1000])
def test_bins_that_were_made_from_the_baseline_keep_the_level_too(rows: int) -> None:
    """Tenths of the baseline hold a tenth of it, as no fair draw would: heavy tails, ties."""
    rng = np.random.default_rng(rows)
    low = 0
    for _ in range(300):
        trained, window = (np.round(rng.lognormal(size=n), 1) for n in (800, rows))
        entry = baseline.tables({"x": trained})["x"]
        counts = bins.counts(entry, window)
        low += evidence.weigh([tables.watched("x", entry, counts, 800).pair])[0].p_value <= 0.1
    assert low / 300 <= 0.1


def test_a_year_of_hourly_looks_at_twenty_columns_keeps_its_budget() -> None:
    """At a budget of 400 a year, which can be counted; the windows share their baselines."""
    rng = np.random.default_rng(8)
    rules = Rules(400, 8760, smallest_shift=1e-9)
    alarms = 0
    for _ in range(10):
        trained = [rng.multinomial(2000, LAW) for _ in range(20)]
        for _ in range(20):
            pairs = [Pair.of(b, rng.multinomial(200, LAW), EDGES) for b in trained]
            alarms += any(found.drifted for found in look(*pairs, rules=rules))
    assert alarms <= 400 / 8760 * 200  # 9 of 200 looks


def test_a_shift_that_is_worth_knowing_is_found_and_named() -> None:
    moved = np.append(np.array([0.3, *np.full(9, 0.7 / 9)]), 0) * 400
    quiet = Pair.of(LAW * 5000, LAW * 400, EDGES)
    still, drifted = look(quiet, Pair.of(LAW * 5000, np.rint(moved), EDGES))
    assert (still.drifted, drifted.drifted) == (False, True)
    assert drifted.place is not None
    assert (drifted.place.where, drifted.place.baseline) == ("bin 0", pytest.approx(0.1))
    assert drifted.shift == pytest.approx(0.2, abs=0.01)
    assert "bin 0: 10.0% before, 30.1% now" in drifted.why
    assert "chance" in still.why


def test_a_move_along_the_order_is_seen_at_an_edge() -> None:
    """Half of the rows go one bin down: every bin a little, and all together a lot."""
    shares = np.array([0.14, 0.13, 0.12, 0.11, 0.1, 0.1, 0.09, 0.08, 0.07, 0.06, 0])
    found = look(Pair.of(LAW * 20_000, shares * 1000, EDGES))[0]
    assert found.place is not None
    assert found.place.where.startswith("below")


def test_a_tiny_shift_of_many_rows_is_beyond_chance_but_not_worth_a_call() -> None:
    shares = np.append(np.array([0.12, 0.08, *np.full(8, 0.1)]), 0)
    found = look(Pair.of(LAW * 1e6, shares * 1e6, EDGES))[0]
    assert found.p_value < 1e-300
    assert not found.drifted
    assert "within what is worth knowing" in found.why


def test_what_training_rows_show_among_themselves_is_no_drift() -> None:
    pair = Pair.of(LAW * 1e4, np.array([*[160] * 5, *[40] * 5, 0]))
    assert look(pair)[0].drifted
    usual = look(pair, usual=0.35)[0]
    assert not usual.drifted
    assert "what training rows show" in usual.why


@pytest.mark.parametrize(
    ("b", "w"), [([0] * 11, [5] * 11), ([5] * 11, [0] * 11), ([0] * 11, [0] * 11)]
)
def test_a_side_without_rows_is_not_judged_and_the_others_are(b: list[int], w: list[int]) -> None:
    moved = Pair.of([500, 500, *[0] * 9], [0, 500, *[0] * 8, 500], EDGES)
    empty, other = look(Pair.of(b, w, EDGES), moved)
    assert (empty.drifted, empty.place, empty.p_value) == (False, None, 1)
    assert empty.why.startswith("not judged")
    assert other.drifted


@pytest.mark.parametrize("rows", [1, 2, 4])
def test_a_handful_of_rows_raises_no_alarm_however_alike(rows: int) -> None:
    alike = np.zeros(11)
    alike[0] = rows
    found = look(*[Pair.of(LAW * 5000, alike, EDGES)] * 20)
    assert found[0].shift > 0.8
    assert not any(each.drifted for each in found)


def test_a_column_of_one_value_that_takes_another_is_found() -> None:
    entry = baseline.tables({"x": np.ones(500)})["x"]
    counts = bins.counts(entry, np.full(300, 2.0))
    found = findings(Look(HOURLY, (tables.watched("x", entry, counts, 500),)))[0]
    assert found.drifted
    assert tables.labels(entry) == ("below 1", "1", "above 1", "missing")


def test_an_id_like_category_does_not_drift_to_other() -> None:
    """Values that were common in training by luck are rarer in any other draw."""
    rng = np.random.default_rng(6)
    ids = np.array([f"v{i}" for i in range(4000)])
    trained, window = rng.choice(ids, 8000), rng.choice(ids, 2000)
    entry = baseline.tables({"x": trained})["x"]
    counts = bins.counts(entry, window)
    assert not findings(Look(HOURLY, (tables.watched("x", entry, counts, 8000),)))[0].drifted


def test_holm_holds_the_smallest_to_the_strictest_level() -> None:
    assert holm.levels([math.log(p) for p in (0.04, 0.001, 0.02)], 0.05) == pytest.approx(
        [0.05, 0.05 / 3, 0.025]
    )
    stopped = holm.levels([math.log(p) for p in (0.04, 0.03, 0.045)], 0.05)
    assert stopped == pytest.approx([0.05 / 3] * 3)


def test_a_yes_or_no_share_is_a_column_like_any_other() -> None:
    refused = tables.share("refused", baseline=(5000, 0), window=(300, 60))
    found = findings(Look(HOURLY, (refused,)))[0]
    assert found.drifted
    assert found.shift == pytest.approx(0.2)


def test_the_counts_of_another_baseline_are_refused() -> None:
    entry = baseline.tables({"x": np.arange(100.0)})["x"]
    with pytest.raises(PenstockError, match="one a bin of baseline"):
        tables.watched("x", entry, [1, 2, 3], 100)


@pytest.mark.parametrize("wrong", [(0, 1, 0.1), (1, 0, 0.1), (1, 1, 0), (1, 1, 1)])
def test_rules_without_meaning_are_refused(wrong: tuple[float, float, float]) -> None:
    with pytest.raises(PenstockError):
        Rules(*wrong)


def test_a_run_of_rows_that_are_alike_is_usual_if_training_had_one() -> None:
    """Four seasons in the baseline: a window of one of them is no news."""
    rng = np.random.default_rng(4)
    year = np.concatenate([rng.normal(season, 1, 1000) for season in (0, 1, 2, 1)])
    winter = rng.normal(0, 1, 400)

    def verdict(*, in_time: bool) -> Any:
        entry = baseline.tables({"x": year}, in_time=in_time)["x"]
        counts = bins.counts(entry, winter)
        return findings(Look(HOURLY, (tables.watched("x", entry, counts, 4000),)))[0]

    assert verdict(in_time=False).drifted
    assert not verdict(in_time=True).drifted
