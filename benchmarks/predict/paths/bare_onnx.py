"""The floor: one session.run of the whole graph on tensors that were packed beforehand."""

import json
from typing import Any

import numpy as np
import onnxruntime as ort


def load(folder: Any, rows: list[dict[str, Any]]) -> Any:
    encoding = json.loads((folder / "task" / "model" / "encoding.json").read_text())
    run = session(folder / "task" / "model" / "model.onnx").run
    together = derived(folder) if len(rows) > 1 else pack(encoding, rows)
    packed = [
        {name: all_[i : i + 1] for name, all_ in together.items()}
        for i in range(min(500, len(rows)))
    ]
    return lambda i: run(["score"], packed[i])[0][0], lambda: run(["score"], together)


def session(model: Any) -> Any:
    """As penstock.scorer makes it."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def derived(folder: Any) -> dict[str, Any]:
    """What features.py and the encoding made of rows.json, once, before anything is timed."""
    with np.load(folder / "packed.npz") as arrays:
        return {
            name: array if name == "numeric" else array.astype(object)
            for name, array in arrays.items()
        }


def pack(encoding: dict[str, Any], rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The graph's two inputs; a use case whose features.py derives columns is not for this."""
    packed = {}
    if encoding["numeric"]:
        numbers = [[row[name] for name in encoding["numeric"]] for row in rows]
        packed["numeric"] = np.array(numbers, np.float32)
    if encoding["categorical"]:
        texts = [[row[name] for name in encoding["categorical"]] for row in rows]
        packed["categorical"] = np.array(texts, object)
    return packed
