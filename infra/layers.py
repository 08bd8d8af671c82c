"""Layers, declared in each stack: an exported layer version would block its own update."""

from collections.abc import Mapping
from functools import cached_property
from typing import Literal

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.environments import Environment
from infra.packaging import layers
from infra.packaging.target import Target

LayerName = Literal["serve", "scan", "tools", "explain"]
ARCHITECTURES: Mapping[str, lambda_.Architecture] = {
    "arm64": lambda_.Architecture.ARM_64,
    "x86_64": lambda_.Architecture.X86_64,
}


class Layers(Construct):
    """Each is made when a function first wants it."""

    def __init__(
        self, scope: Construct, id: str, *, environment: Environment, target: Target
    ) -> None:
        super().__init__(scope, id)
        self._environment, self._target = environment, target
        self._made: dict[str, lambda_.LayerVersion] = {}

    @cached_property
    def architecture(self) -> lambda_.Architecture:
        return ARCHITECTURES[self._target.architecture]

    def __getitem__(self, name: LayerName) -> lambda_.LayerVersion:
        if name not in self._made:
            archive = layers.build(name, self._target)
            self._made[name] = lambda_.LayerVersion(
                self,
                name.capitalize(),
                code=lambda_.Code.from_asset(str(archive.path), asset_hash=archive.sha256),
                compatible_architectures=[self.architecture],
                description=f"layers/{name}/requirements.txt",
                removal_policy=self._environment.removal_policy,
            )
        return self._made[name]
