"""Penstock's way: one pass of counts a partition, merged, and the verdict on every column.

argv: decode | columns | records | evidently, the folder, the window's files.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import numpy.typing as npt
import polars as pl
from drift_peak import timed

from functions.monitor import reading, scan
from functions.monitor.query import Wanted, Window
from functions.monitor.sketch import Sketch, merge
from penstock.calibration import Look, Rules, findings
from penstock.calibration.tables import watched

ASKED, FOLDER, FILES = sys.argv[1], Path(sys.argv[2]), [Path(f) for f in sys.argv[3:]]
UNTIL = datetime(2026, 11, 20, 12, tzinfo=UTC)
WINDOW = Window("model", UNTIL - timedelta(days=1), UNTIL)


def decode() -> dict[str, Any]:
    return {"rows": pl.read_parquet(FILES[0]).height}


def columns() -> dict[str, Any]:
    known = json.loads((FOLDER / "baseline.json").read_text())
    parts = [scan.count(pl.scan_parquet(file), known["columns"], {}) for file in FILES]
    return judged(known, merge(parts))


def records() -> dict[str, Any]:
    """As in the Lambda: of the champion, in the window, each once, no refusals, all in order."""
    known = json.loads((FOLDER / "baseline.json").read_text())
    found = reading.read(FILES, Wanted(known["columns"], {}, WINDOW))
    return judged(known, found.sketch)


def evidently() -> dict[str, Any]:
    """On the bins that Evidently makes, which need the training rows counted in them too."""
    edges = json.loads((FOLDER / "evidently.json").read_text())
    known = json.loads((FOLDER / "baseline.json").read_text())
    fields = {
        name: {"kind": "numeric", "edges": edges[name][1:-1]} if name in edges else entry
        for name, entry in known["columns"].items()
    }
    sides = [
        scan.count(pl.scan_parquet(f), fields, {}) for f in (FOLDER / "training.parquet", FILES[0])
    ]
    psi = {name: _as_evidently(*(s.fields[name].bins for s in sides)) for name in fields}
    return {"rows": sides[1].rows, "psi": psi}


def _as_evidently(before: tuple[int, ...], now: tuple[int, ...]) -> float:
    """PSI of the rows that have a value, with Evidently's rule for bins that only one side has."""
    kept = np.array([before[:-1], now[:-1]], float)
    kept = kept[:, kept.any(axis=0)]
    b, w = (_filled(side / side.sum()) for side in kept)
    return float(np.sum((b - w) * np.log(b / w)))


def _filled(shares: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    least = shares[shares > 0].min()
    return np.where(shares > 0, shares, least / 10**6 if least <= 1e-4 else 1e-4)


def judged(known: dict[str, Any], sketch: Sketch) -> dict[str, Any]:
    seen = tuple(
        watched(name, entry, sketch.fields[name].bins, known["rows"])
        for name, entry in known["columns"].items()
    )
    found = findings(Look(Rules(1, 8766, 0.05), seen))
    return {
        "rows": sketch.rows,
        "psi": {f.column: f.statistics["psi"] for f in found},
        "drifted": [f.column for f in found if f.drifted],
    }


timed({"decode": decode, "columns": columns, "records": records, "evidently": evidently}[ASKED])
