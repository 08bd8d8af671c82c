"""What the stack tells the labels function."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Self


@dataclass(frozen=True)
class Settings:
    """The function's environment, one variable a field, in upper case."""

    environment: str
    lake_bucket: str
    table_name: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        return cls(**{f.name: environ[f.name.upper()] for f in fields(cls)})
