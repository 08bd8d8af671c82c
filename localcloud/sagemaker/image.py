"""A container's image is pulled as the job's or model's role; here an interpreter stands for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from localcloud.access import judge
from localcloud.sagemaker.failure import JobFailure
from localcloud.sagemaker.instances import interpreter

_REGISTRY = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[\w-]+)\.amazonaws\.com[\w.]*/(?P<name>[^:@]+)"
)
_OF_AN_IMAGE = (
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetDownloadUrlForLayer",
)


def pulled(image: str, images: Mapping[str, Path], role_arn: str) -> Path:
    """Raises JobFailure where ECR would not give the image to the role, or nothing stands for it.

    AWS's own images lie in accounts of AWS, which let everybody in: the role must be let out."""
    found = _REGISTRY.match(image)
    wanted = {}
    if found:
        repository = f"arn:aws:ecr:{found['region']}:{found['account']}:repository/{found['name']}"
        wanted = {"ecr:GetAuthorizationToken": "*"} | dict.fromkeys(_OF_AN_IMAGE, repository)
    for action, resource in wanted.items():
        if text := judge.as_role(role_arn, action, resource, session="SageMaker"):
            raise JobFailure(
                "ClientError: Cannot pull algorithm container. Either the image does not exist "
                f"or its permissions are incorrect. ({text})"
            )
    return interpreter(image, images)
