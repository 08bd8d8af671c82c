"""BentoML's service around ONNX Runtime, one worker."""

import os
import sys
from pathlib import Path
from typing import Any

import http_service

HERE = Path(__file__).parent


def load(folder: Any, rows: list[dict[str, Any]]) -> Any:
    def command(port: int) -> list[str]:
        return [
            sys.executable, "-m", "bentoml", "serve", "bentoml_app:Scorer", "--port", str(port),
            "--host", "127.0.0.1",
        ]  # fmt: skip

    own = {
        "MODEL_DIR": str(folder / "task" / "model"),
        "BENTOML_DO_NOT_TRACK": "true",
        "BENTOML_HOME": str(folder / "bentoml"),
    }
    return http_service.asked(
        command, rows, "/predict", lambda some: {"instances": some}, lambda said: said[0],
        cwd=HERE, env=os.environ | own,
    )  # fmt: skip
