"""What every part of a use case's file is: frozen, and strict about its keys."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
Fraction = Annotated[float, Field(gt=0, lt=1)]


class Part(BaseModel):
    """A part of the file: frozen, and an unknown key is an error, never a silence."""

    model_config = ConfigDict(frozen=True, extra="forbid")
