"""What a deployed use case is made of, read from its stack's outputs."""

from dataclasses import MISSING, dataclass, fields
from typing import Self

import botocore.exceptions

from cli.errors import CommandError
from cli.target import Target


@dataclass(frozen=True)
class Stack:
    """The outputs of a use case's stack; the names are those of the outputs in snake case.

    Those with a default are of some serving modes only.
    """

    lake_bucket: str
    artifacts_bucket: str
    train_state_machine_arn: str
    release_state_machine_arn: str
    model_package_group: str
    table_name: str
    predict_log_group: str
    explain_function_name: str
    drift_alarm_name: str
    verdict_alarm_name: str
    predict_function_name: str = ""
    predict_alias: str = ""
    predict_url: str = ""
    predict_url_callers: str = ""
    endpoint_name: str = ""
    batch_state_machine_arn: str = ""
    input_stream_name: str = ""

    @classmethod
    def of(cls, target: Target, environment: str, usecase: str) -> Self:
        name = stack_name(environment, usecase)
        try:
            found = target.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        except botocore.exceptions.ClientError as error:
            if "does not exist" not in str(error):
                raise
            hint = f"deploy it with `penstock deploy {usecase}`"
            raise CommandError(f"no stack {name} in {target.where}: {hint}") from None
        given = {o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", [])}
        wanted = {f.name: _pascal(f.name) for f in fields(cls)}
        needed = [wanted[f.name] for f in fields(cls) if f.default is MISSING]
        if lacking := [name for name in needed if name not in given]:
            raise CommandError(
                f"stack {name} is {found['StackStatus']} without the outputs {', '.join(lacking)}"
            )
        return cls(**{k: str(given[v]) for k, v in wanted.items() if v in given})


def stack_name(environment: str, usecase: str) -> str:
    return f"Penstock-{environment}-{usecase}"


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
