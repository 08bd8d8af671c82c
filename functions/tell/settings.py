"""What the stack tells the tell function."""

from dataclasses import dataclass

from functions.shared.settings import Environment


@dataclass(frozen=True)
class Settings(Environment):
    """The function's environment."""

    usecase: str
    environment: str
    table_name: str
    topic_arn: str
    train_state_machine: str
