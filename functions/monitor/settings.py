"""What the stack tells the monitor function."""

from dataclasses import dataclass

from functions.shared.settings import Environment


@dataclass(frozen=True)
class Settings(Environment):
    """The function's environment.

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
