"""XGBoost's own answers, with a one-hot written a second time: what the graph is held against.

Runs in the training interpreter: MODEL_DIR COLUMNS.npz (features by name) OUT.npy
"""

import json
import sys
from pathlib import Path

import numpy as np
import xgboost as xgb


def main(model_dir: Path, columns: Path, out: Path) -> None:
    encoding = json.loads((model_dir / "encoding.json").read_text())
    features = np.load(columns)
    matrix = [features[name].astype(np.float32) for name in encoding["numeric"]]
    for name in encoding["categorical"]:
        matrix += [(features[name] == v).astype(np.float32) for v in encoding["categories"][name]]
    booster = xgb.Booster(model_file=model_dir / "model.ubj")
    np.save(out, booster.predict(xgb.DMatrix(np.stack(matrix, axis=1), missing=np.nan)))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
