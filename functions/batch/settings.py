"""What the stack tells the batch function."""

from dataclasses import dataclass

from functions.shared.settings import Environment


@dataclass(frozen=True)
class Settings(Environment):
    """The function's environment.

    Without an explain_function the released version scores every row itself.
    """

    environment: str
    lake_bucket: str
    table_name: str
    predict_function: str
    predict_timeout_seconds: int
    explain_function: str
    rows_per_part: int
    output: str
