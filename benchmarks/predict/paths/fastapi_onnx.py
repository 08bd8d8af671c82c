"""The usual web service: FastAPI with a pydantic model of the row, around ONNX Runtime."""

import os
import sys
from pathlib import Path
from typing import Any

import http_service

HERE = Path(__file__).parent


def load(folder: Any, rows: list[dict[str, Any]]) -> Any:
    def command(port: int) -> list[str]:
        app = ("uvicorn", "fastapi_app:app", "--port", str(port), "--log-level", "warning")
        return [sys.executable, "-m", *app]

    return http_service.asked(
        command, rows, "/predict", lambda some: {"instances": some}, lambda said: said["scores"][0],
        cwd=HERE, env=os.environ | {"MODEL_DIR": str(folder / "task" / "model")},
    )  # fmt: skip
