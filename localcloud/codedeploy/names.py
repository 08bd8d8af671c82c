"""Names, ARNs and ids of CodeDeploy, in one place."""

from __future__ import annotations

import secrets
import string

from localcloud.iam import arn

_LETTERS = string.ascii_uppercase + string.digits


def deployment_id() -> str:
    return "d-" + "".join(secrets.choice(_LETTERS) for _ in range(9))


def application(name: str) -> str:
    return arn("codedeploy", f"application:{name}")


def group(application_name: str, name: str) -> str:
    return arn("codedeploy", f"deploymentgroup:{application_name}/{name}")


def config(name: str) -> str:
    return arn("codedeploy", f"deploymentconfig:{name}")
