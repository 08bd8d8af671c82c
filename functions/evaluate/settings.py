"""What the stack tells the evaluate function."""

from dataclasses import dataclass

from functions.shared.settings import Environment


@dataclass(frozen=True)
class Settings(Environment):
    """The function's environment."""

    environment: str
    lake_bucket: str
    artifacts_bucket: str
    table_name: str
    auto_approve: str

    @property
    def approves_itself(self) -> bool:
        """Whether passing every gate is enough (dev), or a person decides (prod)."""
        return self.auto_approve == "true"
