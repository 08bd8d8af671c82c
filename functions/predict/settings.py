"""What the stack tells the predict function."""

from dataclasses import dataclass

from functions.shared.settings import Environment


@dataclass(frozen=True)
class Settings(Environment):
    """The function's environment.

    Without an explain_function (an endpoint's container) no other explains along the way.
    """

    usecase: str
    environment: str
    features_sha256: str
    capture_rate: float
    explain_function: str = ""
