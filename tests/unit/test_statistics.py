"""Each statistic equals scipy's, or its formula worked another way, on the same data."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy import stats
from scipy.spatial import distance

from penstock import statistics
from penstock.errors import PenstockError
from penstock.statistics import Pair, chi_squared, wasserstein
from penstock.statistics.chi_squared import tail
from penstock.statistics.chi_squared import test as table_test
from penstock.statistics.wasserstein import middles

RNG = np.random.default_rng(2)
EDGES = tuple(float(edge) for edge in np.quantile(RNG.normal(size=4000), np.arange(1, 10) / 10))


def drawn(shift: float = 0.0, missing: int = 0, rows: int = 500) -> np.ndarray:
    values = RNG.normal(shift, size=rows)
    counts = np.bincount(np.searchsorted(EDGES, values, "right"), minlength=10)
    return np.append(counts, missing)


PAIRS = [
    Pair.of(drawn(rows=4000), drawn(shift, missing), EDGES)
    for shift, missing in ((0.0, 0), (0.3, 0), (0.5, 40), (4.0, 1))
]
VALUED = [
    (pair, pair.baseline[:-1] / pair.baseline[:-1].sum(), pair.window[:-1] / pair.window[:-1].sum())
    for pair in PAIRS
]


@pytest.mark.parametrize("pair", PAIRS)
def test_jensen_shannon_and_total_variation_equal_scipys(pair: Pair) -> None:
    b, w = pair.shares
    found = statistics.all_of(pair)
    assert found["jensen_shannon"] == pytest.approx(distance.jensenshannon(b, w))
    assert found["total_variation"] == pytest.approx(distance.cityblock(b, w) / 2)


@pytest.mark.parametrize(("pair", "b", "w"), VALUED)
def test_wasserstein_and_kolmogorov_equal_scipys_on_values_at_the_bins_middles(
    pair: Pair, b: np.ndarray, w: np.ndarray
) -> None:
    at = middles(EDGES)
    deviation = np.sqrt(np.cov(at, aweights=b, ddof=0))
    found = statistics.all_of(pair)
    assert found["wasserstein"] == pytest.approx(
        stats.wasserstein_distance(at, at, b, w) / deviation
    )
    rows = [np.repeat(at, side[:-1].astype(int)) for side in (pair.baseline, pair.window)]
    assert found["kolmogorov_smirnov"] == pytest.approx(stats.ks_2samp(*rows).statistic)


def test_wasserstein_of_a_whole_move_is_the_move_in_standard_deviations() -> None:
    edges = np.linspace(-4, 6, 400)
    before, after = RNG.normal(size=200_000), RNG.normal(1.5, size=200_000)
    counts = [
        np.append(np.bincount(np.searchsorted(edges, side), minlength=401), 0)
        for side in (before, after)
    ]
    assert wasserstein(Pair.of(*counts, edges)) == pytest.approx(1.5, abs=0.02)


@pytest.mark.parametrize("pair", PAIRS)
def test_chi_squared_and_its_p_value_equal_scipys(pair: Pair) -> None:
    table = np.stack([pair.baseline, pair.window])
    seen = table[:, table.sum(axis=0) > 0]
    theirs = stats.chi2_contingency(seen, correction=False)
    ours = table_test(pair)
    assert ours is not None
    assert (ours.statistic, ours.freedom) == (pytest.approx(theirs.statistic), theirs.dof)
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-9)


@pytest.mark.parametrize("freedom", [1, 2, 9, 77])
@pytest.mark.parametrize("statistic", [0.0, 0.3, 8.0, 80.0, 300.0])
def test_the_tail_of_chi_squared_equals_scipys_far_out(statistic: float, freedom: int) -> None:
    assert tail(statistic, freedom) == pytest.approx(stats.chi2.sf(statistic, freedom), rel=1e-8)


def test_psi_is_both_relative_entropies_together() -> None:
    b, w = PAIRS[1].baseline[:-1] / 4000, PAIRS[1].window[:-1] / 500
    both = stats.entropy(w, b) + stats.entropy(b, w)
    assert statistics.all_of(PAIRS[1])["psi"] == pytest.approx(both)


def test_psi_alone_is_large_without_drift_where_rows_are_few() -> None:
    """Its mean is about (bins - 1) * (1 / n + 1 / m): why no alarm may rest on it."""
    law = np.append(np.full(10, 0.1), 0)
    few = [Pair.of(RNG.multinomial(1000, law), RNG.multinomial(100, law)) for _ in range(300)]
    mean = np.mean([statistics.all_of(pair)["psi"] for pair in few])
    assert mean == pytest.approx(9 * (1 / 1000 + 1 / 100), rel=0.2)


def test_a_category_has_no_order_but_unseen_values_and_each_column_says_its_missing() -> None:
    found = statistics.all_of(Pair.of([60, 30, 5, 5], [30, 30, 20, 20]))
    assert set(found) == set(statistics.ALL) - {"wasserstein", "kolmogorov_smirnov"}
    assert (found["unseen"], found["missing"]) == (0.2, 0.2)
    assert "unseen" not in statistics.all_of(PAIRS[0])


@pytest.mark.parametrize("statistic", statistics.ALL.values(), ids=statistics.ALL)
@pytest.mark.parametrize(
    "pair",
    [
        Pair.of([0, 0, 0, 0], [0, 0, 0, 0], [1.0, 2.0]),
        Pair.of([9, 0, 0, 0], [0, 0, 0, 0], [1.0, 2.0]),
        Pair.of([0, 5, 0, 0], [0, 0, 0, 5], [1.0, np.nextafter(1.0, 2.0)]),
        Pair.of([0, 9], [1, 0], []),
        Pair.of([0, 0], [0, 0]),
    ],
    ids=["no rows", "no window", "stood still, then missing", "was missing", "category"],
)
def test_no_statistic_fails_or_is_infinite_on_degenerate_counts(
    statistic: Callable[[Pair], float | None], pair: Pair
) -> None:
    found = statistic(pair)
    assert found is None or (np.isfinite(found) and found >= 0)


@pytest.mark.parametrize(
    ("baseline", "window", "edges"),
    [([1, 2, 3], [1, 2], None), ([1, 2], [1, 2], [0.5]), ([1, 2], [1, np.nan], None)],
    ids=["two versions", "another number of edges", "not a count"],
)
def test_counts_that_do_not_fit_together_are_refused(
    baseline: list[float], window: list[float], edges: list[float] | None
) -> None:
    with pytest.raises(PenstockError, match="expected"):
        Pair.of(baseline, window, edges)


def test_every_statistic_is_one_small_file_with_its_source() -> None:
    """A formula without a source can not be checked."""
    folder = Path(statistics.__file__).parent
    for path in sorted(folder.glob("*.py")):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= 80, path.name
    for name in ("population_stability", "jensen_shannon", "wasserstein", "kolmogorov"):
        assert "(" in (folder / f"{name}.py").read_text(encoding="utf-8").split('"""')[1]
    assert chi_squared(PAIRS[0]) == statistics.all_of(PAIRS[0])["chi_squared"]
