"""What moto has not: a Lambda with revisions and aliases that answers, a CodeDeploy that moves."""

import base64
import copy
import hashlib
import io
import json
from collections.abc import Callable
from typing import Any


class AwsError(Exception):
    """Stands for botocore's modelled exceptions; each fake has its own subclasses."""


def _exceptions(*names: str) -> Any:
    return type("Exceptions", (), {name: type(name, (AwsError,), {}) for name in names})


class FakeLambda:
    """One function. Every write makes a new revision; an update is in progress for one look."""

    def __init__(self, read_object: Callable[[str, str], bytes]) -> None:
        self.exceptions = _exceptions(
            "PreconditionFailedException",
            "ResourceConflictException",
            "InvalidParameterValueException",
            "ResourceNotFoundException",
        )
        self.read_object = read_object
        self.code = b"the stack's own"
        self.revision = 1
        self.configuration: dict[str, Any] = {
            "Handler": "h", "MemorySize": 512, "Layers": [{"Arn": "layer:1"}],
            "Environment": {"Variables": {"USECASE": "triage"}},
        }  # fmt: skip
        self.update_status = "Successful"
        self.versions: dict[str, dict[str, Any]] = {}
        self.codes: dict[str, bytes] = {}
        self.next_version = 1
        self.alias: dict[str, Any] | None = None
        self.answer: Callable[[str, dict[str, Any]], Any] = lambda version, request: {}
        self.before_publish: list[Callable[[], None]] = []

    def write(self, code: bytes) -> None:
        """Someone writes $LATEST."""
        self.code, self.revision = code, self.revision + 1
        self.update_status = "InProgress"

    def _latest(self) -> dict[str, Any]:
        sha = base64.b64encode(hashlib.sha256(self.code).digest()).decode()
        return copy.deepcopy(self.configuration) | {
            "CodeSha256": sha, "RevisionId": f"r{self.revision}", "State": "Active",
            "LastUpdateStatus": self.update_status, "Version": "$LATEST",
        }  # fmt: skip

    def get_function_configuration(
        self, FunctionName: str, Qualifier: str | None = None
    ) -> dict[str, Any]:
        if Qualifier:
            if Qualifier not in self.versions:
                raise self.exceptions.ResourceNotFoundException(Qualifier)
            return self.versions[Qualifier]
        found = self._latest()
        if self.update_status == "InProgress":
            self.update_status, self.revision = "Successful", self.revision + 1
        return found

    def update_function_code(
        self, FunctionName: str, RevisionId: str, S3Bucket: str, S3Key: str
    ) -> None:
        if RevisionId != f"r{self.revision}":
            raise self.exceptions.PreconditionFailedException("another revision")
        self.write(self.read_object(S3Bucket, S3Key))

    def publish_version(
        self, FunctionName: str, RevisionId: str = "", CodeSha256: str = "", Description: str = ""
    ) -> dict[str, Any]:
        if self.before_publish:
            self.before_publish.pop()()
        latest = self._latest()
        if RevisionId and RevisionId != latest["RevisionId"]:
            raise self.exceptions.PreconditionFailedException("another revision")
        if CodeSha256 and CodeSha256 != latest["CodeSha256"]:
            raise self.exceptions.InvalidParameterValueException("CodeSHA256 is different")
        version = str(self.next_version)
        self.next_version += 1
        self.versions[version] = latest | {"Version": version}
        self.codes[version] = self.code
        return self.versions[version]

    def invoke(self, FunctionName: str, Qualifier: str, Payload: bytes) -> dict[str, Any]:
        said = self.answer(Qualifier, json.loads(Payload))
        if isinstance(said, Exception):
            body = json.dumps({"errorMessage": str(said)}).encode()
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(body)}
        return {"Payload": io.BytesIO(json.dumps(said).encode())}

    def create_alias(self, FunctionName: str, Name: str, FunctionVersion: str) -> dict[str, Any]:
        self.alias = {
            "AliasArn": f"arn:{FunctionName}:{Name}", "FunctionVersion": FunctionVersion,
            "RevisionId": "a1",
        }  # fmt: skip
        return self.alias

    def get_alias(self, FunctionName: str, Name: str) -> dict[str, Any]:
        if self.alias is None:
            raise self.exceptions.ResourceNotFoundException(Name)
        return copy.deepcopy(self.alias)

    def update_alias(
        self,
        FunctionName: str,
        Name: str,
        FunctionVersion: str,
        RoutingConfig: dict[str, Any],
        RevisionId: str,
    ) -> None:
        assert self.alias is not None
        if RevisionId != self.alias["RevisionId"]:
            raise self.exceptions.PreconditionFailedException("another revision")
        self.move(FunctionVersion, RoutingConfig["AdditionalVersionWeights"])

    def move(self, version: str, weights: dict[str, float] | None = None) -> None:
        assert self.alias is not None
        self.alias["FunctionVersion"] = version
        self.alias["RevisionId"] += "+"
        self.alias.pop("RoutingConfig", None)
        if weights:
            self.alias["RoutingConfig"] = {"AdditionalVersionWeights": weights}

    def delete_alias(self, FunctionName: str, Name: str) -> None:
        if self.alias is None:
            raise self.exceptions.ResourceNotFoundException(Name)
        self.alias = None

    def list_aliases(self, FunctionName: str) -> dict[str, Any]:
        return {"Aliases": [self.alias] if self.alias else []}

    def delete_function(self, FunctionName: str, Qualifier: str) -> None:
        del self.versions[Qualifier]

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_versions_by_function"
        pages = [{"Versions": [self._latest()]}, {"Versions": list(self.versions.values())}]
        return type("Paginator", (), {"paginate": lambda self, FunctionName: iter(pages)})()


class FakeCodeDeploy:
    """Deployments by id; stopping one ends it and puts the alias back, as a roll-back does."""

    def __init__(self, function: FakeLambda) -> None:
        self.exceptions = _exceptions(
            "DeploymentAlreadyCompletedException", "ApplicationDoesNotExistException"
        )
        self.function = function
        self.deployments: dict[str, dict[str, Any]] = {}
        self.rolls_back_to = "1"

    def begin(self, status: str = "InProgress", creator: str = "user") -> str:
        name = f"d-{len(self.deployments) + 1}"
        self.deployments[name] = {"status": status, "creator": creator}
        return name

    def list_deployments(
        self, applicationName: str, deploymentGroupName: str, includeOnlyStatuses: list[str]
    ) -> dict[str, Any]:
        return {
            "deployments": [
                n for n, d in self.deployments.items() if d["status"] in includeOnlyStatuses
            ]
        }

    def get_deployment(self, deploymentId: str) -> dict[str, Any]:
        return {"deploymentInfo": self.deployments[deploymentId]}

    def stop_deployment(self, deploymentId: str, autoRollbackEnabled: bool) -> None:
        found = self.deployments[deploymentId]
        if found["status"] != "InProgress":
            raise self.exceptions.DeploymentAlreadyCompletedException(deploymentId)
        found["status"] = "Stopped"
        if autoRollbackEnabled:
            self.begin(creator="codeDeployRollback")

    def finish_rollbacks(self) -> None:
        for found in self.deployments.values():
            if found["creator"] == "codeDeployRollback":
                found["status"] = "Succeeded"
                self.function.move(self.rolls_back_to)
