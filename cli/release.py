"""`penstock release`: a model, or today's code, up the road by a person's wish."""

from typing import Annotated

import typer
from rich.console import Console

from cli import releasing, usecases
from cli.errors import CommandError
from cli.options import Aws, Environment, UseCaseName
from cli.stack import Stack
from cli.target import Target, resolve

Note = Annotated[
    str | None, typer.Option("--reason", "-r", help="Why, in words; it goes into the history.")
]


def release(
    usecase: UseCaseName,
    package: Annotated[
        str | None,
        typer.Option("--package", "-p", help="A model package: its ARN, or its number."),
    ] = None,
    newest: Annotated[
        bool, typer.Option("--newest", help="The newest approved model package.")
    ] = False,
    reason: Note = None,
    aws: Aws = False,
    environment: Environment = "dev",
) -> None:
    """Release a model package on today's code, and follow it: golden requests, canary, verdict.

    Without --package and --newest the champion's model is released on the code that is deployed:
    what a rolled back change of code needs after it was looked into. One release runs at a time; a
    second waits. The exit code is 1 if it failed or was rolled back.
    """
    if package and newest:
        raise CommandError("--package and --newest exclude each other")
    usecases.read(usecase)
    target = resolve(aws=aws)
    stack = Stack.of(target, environment, usecase)
    wanted = (
        newest_package(target, stack) if newest else package and full_arn(target, stack, package)
    )
    kind = "model" if wanted else "code"
    arn = releasing.ask(target, stack, reason=kind, model_package_arn=wanted, note=reason)
    console = Console(highlight=False)
    done = releasing.follow(console, target, arn)
    if done["result"] == "promoted":
        console.print(f"version {done['version']} is live", style="bold")


def newest_package(target: Target, stack: Stack) -> str:
    """The newest that is approved; CommandError if none is."""
    found = target.client("sagemaker").list_model_packages(
        ModelPackageGroupName=stack.model_package_group,
        ModelApprovalStatus="Approved",
        SortBy="CreationTime",
        SortOrder="Descending",
        MaxResults=1,
    )["ModelPackageSummaryList"]
    if not found:
        raise CommandError(f"no approved model package in {stack.model_package_group}")
    return str(found[0]["ModelPackageArn"])


def full_arn(target: Target, stack: Stack, package: str) -> str:
    """An ARN as it is; a number as the use case's package of that number."""
    if package.startswith("arn:"):
        return package
    if not package.isdigit():
        raise CommandError(f"--package {package!r}: expected a model package's ARN or number")
    group = target.client("sagemaker").describe_model_package_group(
        ModelPackageGroupName=stack.model_package_group
    )["ModelPackageGroupArn"]
    return f"{group.replace(':model-package-group/', ':model-package/')}/{package}"
