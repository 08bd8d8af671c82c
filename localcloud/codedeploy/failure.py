"""Why a deployment ended: CodeDeploy's error code, its message, and the status it leads to."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

_CODES = {
    "AccessDeniedException": "IAM_ROLE_PERMISSIONS",
    "AccessDenied": "IAM_ROLE_PERMISSIONS",
    "ResourceNotFoundException": "INVALID_LAMBDA_FUNCTION",
    "ThrottlingException": "THROTTLED",
    "TooManyRequestsException": "THROTTLED",
}


class Failure(Exception):
    def __init__(self, code: str, message: str, status: str = "Failed") -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def of(error: ClientError | BotoCoreError) -> Failure:
    code = error.response["Error"]["Code"] if isinstance(error, ClientError) else ""
    return Failure(_CODES.get(code, "INTERNAL_ERROR"), str(error))
