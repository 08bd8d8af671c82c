"""The key of an encrypted volume is lent to the machine: its caller, or else the job's own role,
must be let to make that grant.

SageMaker's API permissions reference: kms:CreateGrant, "required only if the associated
ResourceConfig has a specified VolumeKmsKeyId and the associated role does not have a policy that
permits this action".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from localcloud.access import judge, keys
from localcloud.config import REGION
from localcloud.json_service import Document

_ACTION = "kms:CreateGrant"
_CONTEXT = {
    "kms:GrantIsForAWSResource": "true",
    "kms:ViaService": f"sagemaker.{REGION}.amazonaws.com",
}


def wanted(operation: str, request: Document) -> list[tuple[str, str, Document]]:
    if not operation.startswith("Create"):
        return []
    return [(_ACTION, key, dict(_CONTEXT)) for _, key in _lent(request, "")]


def role_may(action: str, resource: str, request: Document) -> bool:
    """Whether the roles of the jobs may what their caller may not."""
    asked = [role for role, key in _lent(request, "") if key == resource]
    return action == _ACTION and not any(
        judge.as_role(role, action, resource, _CONTEXT, session="SageMaker") for role in asked
    )


def _lent(value: Any, role: str) -> Iterator[tuple[str, str]]:
    """(role, key's ARN) of each volume; the definitions in a tuning job have roles of their own."""
    if isinstance(value, list):
        for part in value:
            yield from _lent(part, role)
    elif isinstance(value, dict):
        role = str(value.get("RoleArn", role))
        if key := keys.key_of(value.get("VolumeKmsKeyId")):
            yield role, key
        for part in value.values():
            yield from _lent(part, role)
