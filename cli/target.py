"""Where a command's AWS calls go: the local cloud, or AWS with ordinary credentials."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import botocore.exceptions
import botocore.session
from botocore.config import Config as ClientConfig

import localcloud
from cli import paths
from cli.errors import CommandError

DEFAULT_PORT = 4566
# A configured minute passes in a second: alarms, canaries and schedules keep their proportions.
TIME_SCALE = 60.0
NO_FILES = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}


@dataclass(frozen=True)
class Target:
    """One place for all AWS calls, ours by `client` and a child's by `environment`."""

    where: str
    session: boto3.Session
    endpoint: str | None = None
    variables: dict[str, str] = field(default_factory=dict)

    def client(self, service: str, **settings: Any) -> Any:
        config = ClientConfig(**{"retries": {"mode": "standard"}, **settings})
        return self.session.client(service, endpoint_url=self.endpoint, config=config)

    def environment(self) -> dict[str, str]:
        """What a child process (the CDK CLI) is given to reach the same place.

        For the local cloud nothing of the caller's AWS settings is left in it: no profile and no
        token of theirs can lead a call elsewhere.
        """
        if not self.is_local:
            return dict(os.environ)
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return own | self.variables | NO_FILES

    @property
    def is_local(self) -> bool:
        return self.endpoint is not None


def resolve(*, aws: bool) -> Target:
    """AWS, or the local cloud that is running; CommandError says how to get one."""
    if aws:
        return real()
    running = localcloud.find(paths.CLOUD)
    if running is None:
        raise CommandError("no local cloud is running: start one with `penstock up`")
    return local(running)


def local(running: localcloud.Running) -> Target:
    variables = localcloud.environment(running)
    # without the user's profile, which need not even exist
    unset = (None, None, None, None)
    empty = (None, None, os.devnull, None)
    core = botocore.session.Session(
        {"profile": unset, "config_file": empty, "credentials_file": empty}
    )
    session = boto3.Session(
        botocore_session=core,
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        region_name=variables["AWS_REGION"],
    )
    return Target(f"the local cloud at {running.endpoint}", session, running.endpoint, variables)


def real() -> Target:
    """AWS by the credentials that any AWS tool would use here; checked by one harmless call."""
    session = boto3.Session()
    if not session.region_name:
        raise CommandError("no AWS region is set: set AWS_REGION, or a region in ~/.aws/config")
    try:
        account = session.client("sts").get_caller_identity()["Account"]
    except botocore.exceptions.NoCredentialsError:
        raise CommandError("no AWS credentials: try `aws configure` or `aws sso login`") from None
    return Target(f"AWS account {account} in {session.region_name}", session)


def cloud_config(
    *, directory: Path | None = None, port: int | None = None, keep_state: bool = False
) -> localcloud.Config:
    """The local cloud of this checkout, or one elsewhere with the same interpreters."""
    for python in (paths.TRAINING_PYTHON, paths.LAMBDA_PYTHON):
        if not python.exists():
            raise CommandError(f"{paths.shown(python)} is missing: run `make setup`")
    return localcloud.Config(
        port=port or _port(),
        directory=directory or paths.CLOUD,
        time_scale=TIME_SCALE,
        images={"sagemaker-xgboost": paths.TRAINING_PYTHON},
        lambda_python=paths.LAMBDA_PYTHON,
        keep_state=keep_state,
    )


def _port() -> int:
    """PENSTOCK_PORT moves the checkout's cloud to another port."""
    port = os.environ.get("PENSTOCK_PORT", str(DEFAULT_PORT))
    if not port.isdigit():
        raise CommandError(f"PENSTOCK_PORT is {port!r}: expected a port number such as 4566")
    return int(port)
