"""A scikit-learn pipeline around XGBoost, asked with a DataFrame."""

from typing import Any

import native
import pandas as pd


def load(folder: Any, rows: list[dict[str, Any]]) -> Any:
    ask = native.pipeline(folder, rows).predict_proba
    whole = pd.DataFrame(rows)
    return lambda i: ask(pd.DataFrame([rows[i]]))[0, 1], lambda: ask(whole)
