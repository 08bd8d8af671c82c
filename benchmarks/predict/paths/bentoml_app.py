"""What bentoml_onnx serves; MODEL_DIR names the artifact."""

import json
import os
from pathlib import Path
from typing import Any

import bare_onnx
import bentoml

MODEL = Path(os.environ["MODEL_DIR"])


@bentoml.service(workers=1, traffic={"timeout": 60})
class Scorer:
    def __init__(self) -> None:
        self.encoding = json.loads((MODEL / "encoding.json").read_text())
        self.session = bare_onnx.session(MODEL / "model.onnx")

    @bentoml.api
    def predict(self, instances: list[dict[str, Any]]) -> list[float]:
        packed = bare_onnx.pack(self.encoding, instances)
        return self.session.run(["score"], packed)[0].tolist()  # type: ignore[no-any-return]
