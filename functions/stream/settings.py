"""What the stack tells the stream function."""

from dataclasses import dataclass

from functions.shared.settings import Environment


@dataclass(frozen=True)
class Settings(Environment):
    """The function's environment."""

    usecase: str
    row_id: str
    predict_function: str
    predict_timeout_seconds: int
    output_stream: str
    lake_bucket: str
