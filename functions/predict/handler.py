"""The hot path. What is imported here is paid by every cold start: no boto3, no pydantic.

The model lies in the package itself; a function that no release has touched yet says so.
"""

import os
from pathlib import Path
from typing import Any

from functions.predict import answer, request
from functions.predict.settings import Settings

MODEL_DIR = Path(os.environ["LAMBDA_TASK_ROOT"]) / "model"

if MODEL_DIR.is_dir():
    from functions.predict.predictor import Predictor

    handler = Predictor.load(MODEL_DIR, Settings.from_env()).answer
else:

    def handler(event: Any, context: Any) -> dict[str, Any]:
        said = answer.error(
            503, "no model has been released yet (at live; expected a version with a model)"
        )
        return answer.wrapped(said, http=request.is_http(event))
