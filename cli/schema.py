"""`penstock schema`: the request contract, for those who write the caller."""

from typing import Annotated

import typer
from rich.console import Console

from cli import usecases
from cli.options import UseCaseName
from penstock import schema as documents


def schema(
    usecase: UseCaseName,
    openapi: Annotated[
        bool, typer.Option("--openapi", help="The whole interface as an OpenAPI 3.1 document.")
    ] = False,
) -> None:
    """Print what a request must look like, as JSON Schema; made from usecase.yaml alone."""
    found = usecases.read(usecase)
    document = documents.openapi(found) if openapi else documents.json_schema(found)
    Console().print_json(data=document)
