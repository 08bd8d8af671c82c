"""What the stack tells the stream function."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Settings:
    """The function's environment, one variable a field, in upper case."""

    usecase: str
    row_id: str
    predict_function: str
    predict_timeout_seconds: int
    output_stream: str
    lake_bucket: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        return cls(
            usecase=environ["USECASE"],
            row_id=environ["ROW_ID"],
            predict_function=environ["PREDICT_FUNCTION"],
            predict_timeout_seconds=int(environ["PREDICT_TIMEOUT_SECONDS"]),
            output_stream=environ["OUTPUT_STREAM"],
            lake_bucket=environ["LAKE_BUCKET"],
        )
