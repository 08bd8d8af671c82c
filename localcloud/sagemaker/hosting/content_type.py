"""A model's answer keeps its own content type.

MiniStack takes "application/json" for an envelope of its own and renames it after the protocol of
`sagemaker`. Upstream: `responses.fix_success_content_type` would leave a payload alone.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

VARIANT = "x-Amzn-Invoked-Production-Variant"


def install() -> None:
    from ministack import app

    app.fix_success_content_type = _sparing(app.fix_success_content_type)


def _sparing(original: Callable[..., None]) -> Callable[..., None]:
    @functools.wraps(original)
    def fix(service: str, status: int, headers: dict[str, str]) -> None:
        if VARIANT not in headers:
            original(service, status, headers)

    return fix
