"""Drift alarms: how often they cry wolf, and how soon they find what is known to have drifted.

python benchmarks/alarms.py [windows]     (10,000; the tables' folder in PENSTOCK_DATA)

Beside ours: Evidently's default (half of the columns drifted by its own tests) and a plain PSI
above 0.2 in any column. Every figure of ours comes from `penstock.calibration.findings`, as the
monitor calls it, with one look an hour and a budget of one false alarm a year.
"""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.alarm import drifts, same
from benchmarks.alarm.data import SAME
from benchmarks.alarm.peers import Evidently, disagreement
from benchmarks.alarm.watch import BUDGET, LOOKS, RULES, SMALLEST, Watch, of
from benchmarks.environments import ROOT


def agree(data: Path, peer: Evidently) -> float:
    """How far Evidently's values of the statistics that both define alike are from ours."""
    columns = {n: v for n, v in SAME["telco_churn"](data).items() if v.dtype.kind == "U"}
    rng = np.random.default_rng(13)
    window = of(columns, rng.integers(0, 3000, 2000))
    peer.learn(columns)
    answer = peer.ask("compared", window)
    watch = Watch(columns)
    return disagreement(watch.findings(watch.codes(window)), answer["statistics"])


def main() -> None:
    windows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    named = os.environ.get("PENSTOCK_DATA")
    data = Path(named) if named else ROOT.parent / "shared" / "data"
    if not data.is_dir():
        raise SystemExit(f"no tables in {data}: name their folder in PENSTOCK_DATA")
    begin = time.monotonic()
    with Evidently() as peer:
        apart = agree(data, peer)
        print(f"PSI and Jensen-Shannon of categories as Evidently's: within {apart:.1e}")
        print("\nNo drift: windows of the baseline's own distribution")
        tallies, calls = same.windows(data, windows, peer)
        same.told(tallies, calls)
        print(
            "\nDrift: rows until found, share of later windows that call, earlier windows that call"
        )
        heads = ("ours", "(rows alone)", "Evidently", "(any column)", "PSI > 0.2")
        print(f"{'':<38}" + "".join(f"{head:>20}" for head in heads))
        found = drifts.all_of(data, peer)
    result = {
        "budget_per_year": BUDGET,
        "looks_per_year": LOOKS,
        "smallest_shift": SMALLEST,
        "windows": len(calls),
        "false_alarms": sum(t.ours for t in tallies.values()),
        "false_alarms_budget": round(len(calls) * RULES.level, 3),
        "psi_false_alarms": sum(t.psi for t in tallies.values()),
        "evidently_windows": sum(t.asked for t in tallies.values()),
        "evidently_false_alarms": sum(t.evidently for t in tallies.values()),
        "evidently_any_false_alarms": sum(t.evidently_any for t in tallies.values()),
        "calls_at_level": {str(x): same.share_below(calls, x) for x in (0.01, 0.05, 0.2)},
        "sizes": {str(size): vars(one) for size, one in tallies.items()},
        "evidently_disagreement": apart,
        "detections": {name: drifts.told(each) for name, each in found.items()},
    }
    target = ROOT / "benchmarks" / "results" / "alarms.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"\n{target.relative_to(ROOT)}, {time.monotonic() - begin:.0f} s")


if __name__ == "__main__":
    main()
