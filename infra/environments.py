"""The environments, as data: what differs between them stands here and nowhere else."""

from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_logs as logs

from penstock.errors import PenstockError


@dataclass(frozen=True)
class Environment:
    """An environment is an account and a region of its own; the account comes with the credentials.

    `auto_approve`: a model that passed its gates is released without a person's word.
    `access_logs`: S3 keeps a log of who read the data.
    """

    name: str
    auto_approve: bool
    retain_data: bool
    access_logs: bool
    log_retention: logs.RetentionDays
    spot: bool = True
    region: str = "us-east-1"

    def __post_init__(self) -> None:
        if self.retain_data and self.auto_approve:
            raise ValueError(f"{self.name}: data worth keeping deserves a person's approval")

    @property
    def removal_policy(self) -> RemovalPolicy:
        return RemovalPolicy.RETAIN if self.retain_data else RemovalPolicy.DESTROY


DEV = Environment(
    name="dev",
    auto_approve=True,
    retain_data=False,
    access_logs=False,
    log_retention=logs.RetentionDays.ONE_WEEK,
)
PROD = Environment(
    name="prod",
    auto_approve=False,
    retain_data=True,
    access_logs=True,
    log_retention=logs.RetentionDays.TWO_WEEKS,
)
ENVIRONMENTS = {environment.name: environment for environment in (DEV, PROD)}


def chosen(names: str | None) -> list[Environment]:
    """`dev,prod` -> both; None: all."""
    wanted = names.split(",") if names else list(ENVIRONMENTS)
    if unknown := [name for name in wanted if name not in ENVIRONMENTS]:
        raise PenstockError(
            f"no environment {', '.join(unknown)}",
            where="context `environments`",
            expected=f"some of {', '.join(ENVIRONMENTS)}",
        )
    return [ENVIRONMENTS[name] for name in wanted]
