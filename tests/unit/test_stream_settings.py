"""What a use case may say of its stream."""

import pytest
from pydantic import ValidationError

from penstock.serving import Serving


def stream(**settings: int) -> Serving:
    return Serving.model_validate({"mode": "stream", "stream": settings})


def test_a_record_is_given_up_before_the_stream_forgets_it() -> None:
    """Else nothing would set it apart."""
    assert stream(retry_hours=23, retention_hours=24).stream.retry_hours == 23
    with pytest.raises(ValidationError, match="below retention_hours"):
        stream(retry_hours=24, retention_hours=24)


def test_what_is_usual_is_allowed() -> None:
    usual = stream().stream
    assert usual.retry_hours < usual.retention_hours


def test_a_url_belongs_to_mode_lambda() -> None:
    assert Serving.model_validate({"url": True}).url
    with pytest.raises(ValidationError, match="url is for mode lambda"):
        Serving.model_validate({"mode": "stream", "url": True})
