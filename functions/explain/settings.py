"""What the stack tells the explain function."""

from dataclasses import dataclass

from functions.shared.settings import Environment


@dataclass(frozen=True)
class Settings(Environment):
    """The function's environment."""

    artifacts_bucket: str
