"""Arguments that several commands share, so that they mean and say the same everywhere."""

from typing import Annotated

import typer

from cli import usecases


def _complete(begun: str) -> list[str]:
    return [name for name in usecases.names() if name.startswith(begun)]


Aws = Annotated[
    bool,
    typer.Option(
        "--aws",
        help="Use AWS, with the credentials and the region that any AWS tool would use here, "
        "instead of the local cloud.",
    ),
]
Environment = Annotated[
    str, typer.Option("--environment", "-e", help="The environment: dev or prod.")
]
UseCaseName = Annotated[
    str,
    typer.Argument(
        metavar="USECASE", help="The name of a folder in usecases/.", autocompletion=_complete
    ),
]
UseCaseNames = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[USECASE]...",
        help="Names of folders in usecases/; without any, all of them.",
        autocompletion=_complete,
    ),
]
