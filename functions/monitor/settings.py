"""What the stack tells the monitor function."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True)
class Settings:
    """The function's environment, one variable a field, in upper case.

    Empty: predict_function where an endpoint answers, endpoint_name where a function does,
    athena_workgroup where Athena is not asked.
    """

    environment: str
    lake_bucket: str
    artifacts_bucket: str
    table_name: str
    topic_arn: str
    drift_alarm: str
    attention_alarm: str
    requests_metric: str
    train_state_machine: str
    predict_function: str
    endpoint_name: str
    explain_function: str
    athena_workgroup: str
    predictions_table: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        return cls(**{f.name: environ[f.name.upper()] for f in fields(cls)})
