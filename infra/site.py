"""What every stage of one use case is built from, so that no constructor takes ten arguments."""

from dataclasses import dataclass
from pathlib import Path

from aws_cdk import Stack
from constructs import Construct

from infra.environments import Environment
from infra.layers import Layers
from infra.packaging.target import Target
from infra.platform_stack import PlatformStack
from penstock.spec import UseCase


@dataclass(frozen=True)
class Site:
    """One use case in one environment. `folder` is usecases/<name>."""

    environment: Environment
    usecase: UseCase
    folder: Path
    platform: PlatformStack
    layers: Layers
    target: Target
    git_commit: str

    @property
    def slug(self) -> str:
        """Names what has no generated name: training jobs, the package group."""
        return f"penstock-{self.environment.name}-{self.usecase.name}"

    def arn(self, scope: Construct, service: str, resource: str) -> str:
        """An ARN in this stack's account and region."""
        stack = Stack.of(scope)
        return f"arn:{stack.partition}:{service}:{stack.region}:{stack.account}:{resource}"
