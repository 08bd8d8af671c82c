"""How fast and how small a look at a window is, beside the tools that people use for it.

python benchmarks/drift.py [rows]     1,000,000 rows x 30 columns of Parquet by default

Each path runs in a process of its own (a peer in its own pinned environment, see environments.py),
reads the same files, and says how long it took without its imports, and its peak memory. Ours and
NannyML know the training data from a stored baseline; Evidently and scipy need its rows each time.
Prints a table, checks that the PSI is the same, and writes results/drift.json.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import drift_data
from benchmarks.environments import python

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results" / "drift.json"
PARTS = 4  # files of their own; more rows are the same files again
TOLERANCE = 1e-6
OURS, DECODE = "ours", "decode_floor"
# path: (environment, program, what it is asked, runs)
PATHS: dict[str, tuple[str | None, str, str, int]] = {
    DECODE: (None, "drift_ours.py", "decode", 5),
    OURS: (None, "drift_ours.py", "columns", 5),
    "ours_records": (None, "drift_ours.py", "records", 3),
    "scipy_psi": ("scipy", "drift_scipy.py", "psi", 1),
    "nannyml_js": ("nannyml", "drift_nannyml.py", "js", 1),
    "whylogs": ("whylogs", "drift_whylogs.py", "profile", 1),
    "evidently_psi": ("evidently", "drift_evidently.py", "psi", 1),
    "evidently_defaults": ("evidently", "drift_evidently.py", "defaults", 1),
}
Row = dict[str, Any]


def run(environment: str | None, program: str, asked: str, folder: Path, *files: Path) -> Row:
    """One process: what it says of itself, `seconds`, `peak_mib` and `rows` among it."""
    interpreter = python(environment) if environment else Path(sys.executable)
    command = [str(interpreter), str(HERE / "peers" / program), asked, str(folder)]
    done = subprocess.run(
        [*command, *map(str, files)], capture_output=True, text=True, check=False, cwd=folder
    )
    if done.returncode:
        raise SystemExit(f"{program} {asked} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def measured(name: str, folder: Path, *files: Path) -> Row:
    """The median of the runs, the largest peak; the rest as the last one said it."""
    environment, program, asked, times = PATHS[name]
    rows = [run(environment, program, asked, folder, *files) for _ in range(times)]
    seconds, peak = median(r["seconds"] for r in rows), max(r["peak_mib"] for r in rows)
    return {**rows[-1], "seconds": round(seconds, 3), "peak_mib": round(peak)}


def same_psi(found: dict[str, Row], folder: Path, window: Path) -> dict[str, float]:
    """The largest difference of a column's PSI to scipy's on our bins, to Evidently's on its own.

    Bins that both sides have are one thing to all; of those that one side lacks each has a rule of
    its own, so that to compare the counts ours is given Evidently's.
    """
    evidently = found["evidently_psi"]
    (folder / "evidently.json").write_text(json.dumps(evidently["edges"]))
    again = run(None, "drift_ours.py", "evidently", folder, window)
    pairs = {"scipy": (found[OURS], found["scipy_psi"]), "Evidently": (again, evidently)}
    return {
        peer: max(abs(ours["psi"][name] - theirs["psi"][name]) for name in ours["psi"])
        for peer, (ours, theirs) in pairs.items()
    }


def show(name: str, row: Row, floor: Row) -> None:
    print(
        f"{name:20} {row['rows']:>11,} {row['seconds']:9.2f} {row['peak_mib']:8,.0f} "
        f"{row['seconds'] / floor['seconds']:9.1f}",
        flush=True,
    )


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory(prefix="penstock-drift-") as scratch:
        folder = Path(scratch)
        drift_data.write(folder, rows, PARTS)
        parts = sorted(folder.glob("part-*.parquet"))
        print(f"{'path':20} {'rows':>11} {'seconds':>9} {'MiB':>8} {'x decode':>9}")
        found: dict[str, Row] = {}
        for name in PATHS:
            window = folder / "records.parquet" if name == "ours_records" else parts[0]
            found[name] = measured(name, folder, window)
            show(name, found[name], found[DECODE])
        for times in (4, 16, 100):
            files = [parts[i % PARTS] for i in range(times)]
            name = f"ours_{times}_partitions"
            found[name] = run(None, "drift_ours.py", "columns", folder, *files)
            show(name, found[name], found[DECODE])
        apart = same_psi(found, folder, parts[0])
    told = {n: {k: r[k] for k in ("seconds", "peak_mib", "rows")} for n, r in found.items()}
    psi, mine = told["evidently_psi"], told[OURS]
    print(f"\nEvidently's PSI / ours: {psi['seconds'] / mine['seconds']:.0f} times the time, "
          f"{psi['peak_mib'] / mine['peak_mib']:.1f} times the memory")  # fmt: skip
    for peer, difference in apart.items():
        print(f"PSI of a column differs from {peer}'s by at most {difference:.1e}")
        if difference > TOLERANCE:
            raise SystemExit("the PSI is not the same")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
