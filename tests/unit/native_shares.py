"""The explain function's own code on an artifact, in Lambda's interpreter with its layer alone.

MODEL_DIR REQUESTS.json OUT.json: a list of events -> the answer to each, or its error, and beside
it what XGBoost itself says (`margins`, log-odds).
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import xgboost as xgb

from functions.shared.explaining.native import Native
from functions.shared.explaining.service import explain
from functions.shared.explaining.words import Words
from penstock.errors import PenstockError
from penstock.matrix import matrix


def main(model_dir: Path, requests: Path, out: Path) -> None:
    native = Native.load(model_dir)
    words = Words.of({"columns": [], "derived": {}})
    told = []
    for event in json.loads(requests.read_text()):
        began = time.perf_counter()
        try:
            said: dict[str, Any] = explain(event, lambda *_: native, words)
        except PenstockError as error:
            said = {"error": type(error).__name__, "message": str(error)}
        said["seconds"] = time.perf_counter() - began
        derived = native.derive(native.contract.parse(event["instances"]))
        seen = matrix(native.encoding, native.encoding.pack(derived))
        rows = xgb.DMatrix(seen, missing=np.nan)
        margins = native.model.booster.predict(rows, output_margin=True)
        scores = native.scores(native.contract.parse(event["instances"])).tolist()
        told.append(said | {"margins": margins.tolist(), "native": scores})
    out.write_text(json.dumps(told, allow_nan=False))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
