"""What the stack tells the prepare function."""

from dataclasses import dataclass

from functions.shared.settings import Environment


@dataclass(frozen=True)
class Settings(Environment):
    """The function's environment."""

    environment: str
    lake_bucket: str
    table_name: str
