"""What the stack tells the release function."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True)
class Settings:
    """The function's environment, one variable a field, in upper case; these in every mode."""

    environment: str
    table_name: str
    artifacts_bucket: str
    code_bucket: str
    code_key: str
    verdict_alarm: str
    predict_log_group: str
    stack_name: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        return cls(**{f.name: environ[f.name.upper()] for f in fields(cls)})


@dataclass(frozen=True)
class FunctionSettings(Settings):
    """And these where the predict function answers."""

    predict_function: str
    alias: str
    codedeploy_application: str
    deployment_group: str
