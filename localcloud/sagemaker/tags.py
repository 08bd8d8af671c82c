"""Tags of SageMaker resources: one small store, since jobs are ours and the registry is moto's."""

from __future__ import annotations

from localcloud import tables
from localcloud.json_service import Document


def keep(arn: str, tags: list[dict[str, str]]) -> None:
    _kept().setdefault(arn, {}).update({tag["Key"]: tag["Value"] for tag in tags})


def add(request: Document) -> Document:
    keep(request["ResourceArn"], request["Tags"])
    return {"Tags": _listed(request["ResourceArn"])}


def list_(request: Document) -> Document:
    return {"Tags": _listed(request["ResourceArn"])}


def _listed(arn: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in _kept().get(arn, {}).items()]


def _kept() -> dict[str, dict[str, str]]:
    return tables.table("sagemaker.tags")
