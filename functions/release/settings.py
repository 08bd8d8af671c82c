"""What the stack tells the release function."""

from dataclasses import dataclass

from functions.shared.settings import Environment


@dataclass(frozen=True)
class Settings(Environment):
    """The function's environment; these in every mode."""

    environment: str
    table_name: str
    artifacts_bucket: str
    code_bucket: str
    code_key: str
    verdict_alarm: str
    predict_log_group: str
    stack_name: str


@dataclass(frozen=True)
class FunctionSettings(Settings):
    """And these where the predict function answers."""

    predict_function: str
    alias: str
    codedeploy_application: str
    deployment_group: str
