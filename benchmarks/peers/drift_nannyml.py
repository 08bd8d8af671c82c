"""NannyML's univariate drift by Jensen-Shannon; fitting on the training rows is not counted."""

import os
import sys
import warnings
from pathlib import Path
from typing import Any

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"
warnings.filterwarnings("ignore")

import nannyml  # noqa: E402  (the two lines above must come first)
import pandas as pd  # noqa: E402
from drift_peak import timed  # noqa: E402

FOLDER, WINDOW = Path(sys.argv[2]), sys.argv[3]
training = pd.read_parquet(FOLDER / "training.parquet")
calculator = nannyml.UnivariateDriftCalculator(
    column_names=list(training.columns),
    treat_as_categorical=[name for name in training.columns if name.startswith("c")],
    continuous_methods=["jensen_shannon"],
    categorical_methods=["jensen_shannon"],
    chunk_number=1,
).fit(training)
del training


def look() -> dict[str, Any]:
    window = pd.read_parquet(WINDOW)
    calculator.calculate(window)
    return {"rows": len(window)}


timed(look)
