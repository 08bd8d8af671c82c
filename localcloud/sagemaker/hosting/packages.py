"""The containers of a model package, for a model that is made from one."""

from __future__ import annotations

from typing import Any

from localcloud.json_service import Document
from localcloud.sagemaker import packages
from localcloud.sagemaker.hosting.names import refusal


def containers(name: str) -> list[Document]:
    """Only an approved version can be deployed, as on AWS."""
    package = packages.find(name)
    facts = packages.describe({"ModelPackageName": package.arn})
    if facts.get("ModelApprovalStatus", "Approved") != "Approved":
        raise refusal(
            f"Cannot create a model from the model package {package.arn}: its approval status is "
            f"{facts['ModelApprovalStatus']}; expected Approved"
        )
    specification: dict[str, Any] = facts.get("InferenceSpecification") or {}
    found: list[Document] = specification.get("Containers", [])
    if not found:
        raise refusal(f"The model package {package.arn} has no InferenceSpecification")
    return found
