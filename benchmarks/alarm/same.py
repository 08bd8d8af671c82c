"""Windows of the very table that the baseline was drawn from: every call is a false alarm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.alarm.data import SAME
from benchmarks.alarm.peers import Evidently, plain_psi
from benchmarks.alarm.watch import BUDGET, LOOKS, RULES, Watch, drifted, of
from penstock.calibration import Finding

SIZES = (100, 300, 1000, 5000, 50_000)
ASKED_EVIDENTLY = 10  # windows a table and size: it is slow
NEW_BASELINE = 50  # windows that share one baseline, whose noise is drawn again for the next


@dataclass
class Tally:
    """Windows of one kind, and who called."""

    windows: int = 0
    ours: int = 0
    psi: int = 0
    asked: int = 0
    evidently: int = 0
    evidently_any: int = 0

    def add(self, found: Sequence[Finding]) -> None:
        self.windows += 1
        self.ours += bool(drifted(found))
        self.psi += bool(plain_psi(found))

    def add_evidently(self, verdict: tuple[list[str], list[str]]) -> None:
        self.asked += 1
        self.evidently += bool(verdict[0])
        self.evidently_any += bool(verdict[1])


def windows(data: Path, wanted: int, peer: Evidently) -> tuple[dict[int, Tally], list[float]]:
    """Windows drawn from the very table that the baseline was drawn from, by size.

    The second: of each window, the level at which it would have called had any shift been worth
    knowing; without drift at most a share x of them is below x.
    """
    rng = np.random.default_rng(11)
    tallies, calls = {size: Tally() for size in SIZES}, []
    for name, load in SAME.items():
        columns = load(data)
        rows = len(next(iter(columns.values())))
        for size in SIZES:
            for i in range(wanted // (len(SAME) * len(SIZES))):
                if i % NEW_BASELINE == 0:
                    trained = of(columns, rng.integers(0, rows, rows))
                    watch = Watch(trained)
                    codes = watch.codes(columns)
                    if i < ASKED_EVIDENTLY:
                        peer.learn(trained)
                drawn = rng.integers(0, rows, size)
                found = watch.findings(of(codes, drawn))
                tallies[size].add(found)
                calls.append(min(each.p_value for each in found) * len(found))
                if i < ASKED_EVIDENTLY:
                    tallies[size].add_evidently(peer.drifted(of(columns, drawn)))
        print(f"  {name}: {len(columns)} columns, {rows:,} rows, as baseline and windows")
    return tallies, calls


def told(tallies: Mapping[int, Tally], calls: Sequence[float]) -> None:
    print(f"\n{'rows a window':>14}{'windows':>9}{'ours':>7}{'PSI > 0.2':>11}", end="")
    print(f"{'Evidently':>11}{'(any column)':>14}")
    for size, one in tallies.items():
        evidently = f"{one.evidently}/{one.asked}", f"{one.evidently_any}/{one.asked}"
        print(f"{size:>14,}{one.windows:>9,}{one.ours:>7}{one.psi:>11,}", end="")
        print(f"{evidently[0]:>11}{evidently[1]:>14}")
    all_ours, windows = sum(t.ours for t in tallies.values()), len(calls)
    print(f"ours: {all_ours} false alarms in {windows:,} looks; the budget is", end=" ")
    print(f"{windows * RULES.level:.2f} ({BUDGET:g} a year at {LOOKS:,.0f} looks)")
    shares = ", ".join(f"{share_below(calls, x):.2%} at {x:.0%}" for x in (0.01, 0.05, 0.2))
    print(f"were any shift worth knowing, looks that call at a level: {shares}")


def share_below(calls: Sequence[float], level: float) -> float:
    return float((np.asarray(calls) <= level).mean())
