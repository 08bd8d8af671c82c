"""How functions are reached: asynchronously, by event sources, by URL; and what Lambda refuses."""

from __future__ import annotations

from localcloud.config import Config

_PENDING_SECONDS = 0.1  # a function is Pending for that long: to be seen, not to be waited for


def install(config: Config) -> None:
    """After the shims of invocation: what reaches a function goes through them."""
    from ministack.services import lambda_svc

    from localcloud.functions import asynchronous, refusals, sources, urls

    lambda_svc._LAMBDA_STATE_TRANSITION_DELAY = _PENDING_SECONDS
    asynchronous.install()
    sources.install()
    urls.install(config)
    refusals.install()
