"""PSI by hand, as notebooks have it: pandas, numpy's histogram, scipy's entropy; our bins."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from drift_peak import timed
from scipy.stats import entropy

FOLDER, WINDOW = Path(sys.argv[2]), sys.argv[3]
FLOOR = 1e-4


def psi() -> dict[str, Any]:
    known = json.loads((FOLDER / "baseline.json").read_text())["columns"]
    before, now = pd.read_parquet(FOLDER / "training.parquet"), pd.read_parquet(WINDOW)
    found = {}
    for name, entry in known.items():
        b, w = (np.maximum(shares(side[name], entry), FLOOR) for side in (before, now))
        scaled = (b / b.sum(), w / w.sum())
        if min(b.min(), w.min()) > FLOOR:  # entropy scales, the floor must not be scaled away
            found[name] = float(entropy(*scaled) + entropy(*scaled[::-1]))
        else:
            found[name] = float(np.sum((w - b) * np.log(w / b)))
    return {"rows": len(now), "psi": found}


def shares(values: pd.Series, entry: dict[str, Any]) -> np.ndarray:
    missing = values.isna().sum()
    if entry["kind"] == "numeric":
        bins = np.array([-np.inf, *entry["edges"], np.inf])
        counts = np.histogram(values.to_numpy(), bins)[0]
    else:
        listed = values.value_counts().reindex(list(entry["values"]), fill_value=0).to_numpy()
        counts = np.array([*listed, len(values) - missing - listed.sum()])
    return np.array([*counts, missing]) / len(values)


timed(psi)
