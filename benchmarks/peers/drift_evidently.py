"""Evidently's drift preset, with PSI or with its defaults: argv psi | defaults, folder, window."""

import os
import sys
import warnings
from pathlib import Path
from typing import Any

os.environ["DO_NOT_TRACK"] = "1"
warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402  (the two lines above must come first)
import pandas as pd  # noqa: E402
from drift_peak import timed  # noqa: E402
from evidently import DataDefinition, Dataset, Report  # noqa: E402
from evidently.presets import DataDriftPreset  # noqa: E402

ASKED, FOLDER, WINDOW = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
kept: list[pd.DataFrame] = []


def look() -> dict[str, Any]:
    before, now = pd.read_parquet(FOLDER / "training.parquet"), pd.read_parquet(WINDOW)
    kept.extend((before, now))
    numbers = [name for name in now.columns if name.startswith("n")]
    texts = [name for name in now.columns if name.startswith("c")]
    definition = DataDefinition(numerical_columns=numbers, categorical_columns=texts)
    sides = [Dataset.from_pandas(side, data_definition=definition) for side in (now, before)]
    preset = DataDriftPreset(method="psi") if ASKED == "psi" else DataDriftPreset()
    done = Report([preset]).run(*sides).dict()
    values = {
        m["config"]["column"]: float(m["value"])
        for m in done["metrics"]
        if "column" in m.get("config", {}) and not isinstance(m["value"], dict)
    }
    return {"rows": len(now), "psi": values}


def edges() -> dict[str, list[float]]:
    """The bins that its PSI makes of a number: of both sides together, by Sturges' rule."""
    before, now = kept
    both = {n: pd.concat([before[n].dropna(), now[n].dropna()]) for n in now if n.startswith("n")}
    return {n: np.histogram_bin_edges(v, bins="sturges").tolist() for n, v in both.items()}


timed(look, edges=edges)
