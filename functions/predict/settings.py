"""What the stack tells the predict function."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class Settings:
    """The function's environment, one variable a field, in upper case.

    Without an explain_function (an endpoint's container) nothing is explained along the way.
    """

    usecase: str
    environment: str
    features_sha256: str
    capture_rate: float
    explain_function: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        return cls(
            usecase=environ["USECASE"],
            environment=environ["ENVIRONMENT"],
            features_sha256=environ["FEATURES_SHA256"],
            capture_rate=float(environ["CAPTURE_RATE"]),
            explain_function=environ.get("EXPLAIN_FUNCTION", ""),
        )
