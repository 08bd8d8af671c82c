"""What a stack tells its functions: their environments, each read as one typed object."""

import os
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Self, cast


@dataclass(frozen=True)
class Environment:
    """One variable a field, in upper case; text, or a number where the field's type is one."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """KeyError names a variable that is missing, unless its field has a default."""
        given: dict[str, Any] = {}
        for field in fields(cls):
            name, read = field.name.upper(), cast(Callable[[str], Any], field.type)
            if field.default is MISSING or name in environ:
                given[field.name] = read(environ[name])
        return cls(**given)
