"""MLflow's pyfunc with a signature, which it enforces, around the scikit-learn pipeline."""

from typing import Any

import mlflow
import native
import pandas as pd


def load(folder: Any, rows: list[dict[str, Any]]) -> Any:
    saved = folder / "mlflow"
    if not saved.exists():
        save(folder, rows)
    ask = mlflow.pyfunc.load_model(str(saved)).predict
    whole = pd.DataFrame(rows)
    return lambda i: ask(pd.DataFrame([rows[i]]))[0, 1], lambda: ask(whole)


def save(folder: Any, rows: list[dict[str, Any]]) -> None:
    made = native.pipeline(folder, rows)
    given = pd.DataFrame(rows[:500])
    signature = mlflow.models.infer_signature(given, made.predict_proba(given))
    mlflow.sklearn.save_model(
        made, str(folder / "mlflow"), signature=signature, pyfunc_predict_fn="predict_proba",
        serialization_format="cloudpickle",
    )  # fmt: skip
