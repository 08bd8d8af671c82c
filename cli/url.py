"""A request to a function's URL as an application sends it: HTTP, signed with SigV4."""

from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session

from cli import asking
from cli.errors import CommandError
from cli.stack import Stack
from cli.target import Target

_SECONDS = 60
# What Lambda itself answers, and never our code: its words are for machines.
_REFUSED = {
    413: "the request or its answer is above Lambda's 6 MB",
    429: "too many requests at once for this account: send fewer, or ask for a larger quota",
    502: "the function failed: see `penstock logs predict`",
}


def ask(target: Target, stack: Stack, request: bytes) -> dict[str, Any]:
    """The answer's body, or the error as predict said it; CommandError where Lambda refuses."""
    if not stack.predict_url:
        raise CommandError(
            "it has no URL: `serving: {mode: lambda, url: true}` in its usecase.yaml, then deploy"
        )
    keys = target.session.get_credentials()
    if keys is None:
        raise CommandError("no AWS credentials to sign with")
    headers = {"Content-Type": asking.JSON}
    signed = AWSRequest("POST", stack.predict_url, data=request, headers=headers)
    SigV4Auth(keys.get_frozen_credentials(), "lambda", target.session.region_name).add_auth(signed)
    answer = URLLib3Session(timeout=_SECONDS).send(signed.prepare())
    if answer.status_code == 403:
        raise CommandError(
            f"403: this caller may not ask it ({_message(answer.content)}); the policy "
            f"{stack.predict_url_callers}, attached to its role, lets it"
        )
    if why := _REFUSED.get(answer.status_code):
        raise CommandError(f"{answer.status_code}: {why}")
    return asking.read(answer.content)


def _message(said: bytes) -> str:
    body = asking.read(said)
    return str(body.get("Message") or body.get("message") or "it does not say why")
