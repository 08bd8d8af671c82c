"""Writing the function: every write names the revision that it was based on."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from functions.release.context import FunctionRelease
from functions.release.errors import Conflict
from penstock.errors import PenstockError

ATTEMPTS = 3
TIMEOUT_SECONDS = 120.0
POLL_SECONDS = 0.5


def publish_version(
    release: FunctionRelease, code: Mapping[str, str], data: bytes
) -> tuple[str, str]:
    """Put `code` (an S3 location that holds `data`) on $LATEST and publish it: version, sha256.

    Someone else's write in between (a stack update, say) makes it start again from their state;
    CodeSha256 makes Lambda refuse to publish any bytes but ours.
    """
    sha256 = base64.b64encode(hashlib.sha256(data).digest()).decode()
    client, name = release.aws.awslambda, release.settings.predict_function
    errors = client.exceptions
    for _ in range(ATTEMPTS):
        try:
            seen = _until(release, None, _is_idle)
            client.update_function_code(FunctionName=name, RevisionId=seen["RevisionId"], **code)
            seen = _until(release, None, _is_updated)
            version = client.publish_version(
                FunctionName=name, RevisionId=seen["RevisionId"], CodeSha256=sha256
            )["Version"]
            published = _until(release, version, _is_active)
        except (errors.PreconditionFailedException, errors.ResourceConflictException) as error:
            last = str(error)
            continue
        except errors.InvalidParameterValueException as error:
            if "CodeSHA256" not in str(error):
                raise
            last = str(error)
            continue
        if published["CodeSha256"] == sha256:
            return str(version), sha256
        last = f"version {version} holds other code"
    raise Conflict(
        f"{ATTEMPTS} attempts met other writers; the last: {last}",
        where=name,
        expected="no one but the release and the stack to write the function",
    )


def has_version(release: FunctionRelease, version: str) -> bool:
    client, name = release.aws.awslambda, release.settings.predict_function
    try:
        client.get_function_configuration(FunctionName=name, Qualifier=version)
    except client.exceptions.ResourceNotFoundException:
        return False
    return True


def _until(
    release: FunctionRelease, version: str | None, ready: Callable[[Mapping[str, Any]], bool]
) -> Mapping[str, Any]:
    """Poll the configuration ($LATEST, or a version) until it is ready."""
    which = {"Qualifier": version} if version else {}
    deadline = release.now() + TIMEOUT_SECONDS
    while True:
        found: Mapping[str, Any] = release.aws.awslambda.get_function_configuration(
            FunctionName=release.settings.predict_function, **which
        )
        if ready(found):
            return found
        if release.now() > deadline:
            raise Conflict(
                f"state {found.get('State')}, last update {found.get('LastUpdateStatus')}",
                where=f"{release.settings.predict_function}:{version or '$LATEST'}",
                expected=f"ready within {TIMEOUT_SECONDS:.0f} s",
            )
        release.sleep(POLL_SECONDS)


def _is_idle(configuration: Mapping[str, Any]) -> bool:
    return configuration.get("LastUpdateStatus") != "InProgress"


def _is_updated(configuration: Mapping[str, Any]) -> bool:
    _refuse_failed(configuration, "LastUpdateStatus")
    return configuration.get("LastUpdateStatus") == "Successful"


def _is_active(configuration: Mapping[str, Any]) -> bool:
    _refuse_failed(configuration, "State")
    return configuration.get("State") == "Active"


def _refuse_failed(configuration: Mapping[str, Any], status: str) -> None:
    if configuration.get(status) == "Failed":
        raise PenstockError(
            f"Lambda says {status} Failed: {configuration.get(status + 'Reason')}",
            where=str(configuration.get("FunctionArn")),
            expected="a function that Lambda can load",
        )
