"""What fastapi_onnx serves; MODEL_DIR names the artifact."""

import json
import os
from pathlib import Path
from typing import Any

import bare_onnx
from fastapi import FastAPI
from pydantic import create_model

MODEL = Path(os.environ["MODEL_DIR"])
ENCODING = json.loads((MODEL / "encoding.json").read_text())
SESSION = bare_onnx.session(MODEL / "model.onnx")
FIELDS: dict[str, Any] = dict.fromkeys(ENCODING["numeric"], (float, ...))
FIELDS |= dict.fromkeys(ENCODING["categorical"], (str, ...))
Row = create_model("Row", **FIELDS)
Request = create_model("Request", instances=(list[Row], ...))  # type: ignore[valid-type]

app = FastAPI()


@app.post("/predict")
async def predict(request: Request) -> dict[str, list[float]]:  # type: ignore[valid-type]
    rows = [vars(row) for row in request.instances]  # type: ignore[attr-defined]
    scores = SESSION.run(["score"], bare_onnx.pack(ENCODING, rows))[0]
    return {"scores": scores.tolist()}
