"""Tags of SageMaker resources: one small store, since jobs are ours and the registry is moto's."""

from __future__ import annotations

from localcloud.json_service import Document

_tags: dict[str, dict[str, str]] = {}


def keep(arn: str, tags: list[dict[str, str]]) -> None:
    _tags.setdefault(arn, {}).update({tag["Key"]: tag["Value"] for tag in tags})


def add(request: Document) -> Document:
    keep(request["ResourceArn"], request["Tags"])
    return {"Tags": _listed(request["ResourceArn"])}


def list_(request: Document) -> Document:
    return {"Tags": _listed(request["ResourceArn"])}


def _listed(arn: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in _tags.get(arn, {}).items()]
