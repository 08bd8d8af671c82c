"""Calls every operation of a service once, with made-up input, and reads from the answer whether
somebody here knows it. Only for a cloud that was started for it: it creates and deletes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from localcloud import process
from localcloud.config import REGION

_SETTINGS = Config(
    parameter_validation=False,  # the service shall be asked, not the client
    inject_host_prefix=False,
    retries={"total_max_attempts": 1},
    read_timeout=15,
    s3={"addressing_style": "path"},
)
# How MiniStack and this cloud say that they have no such operation.
_REFUSALS = ("InvalidAction", "NotImplemented", "UnknownOperationException")
_UNKNOWN = re.compile(r"(?i)unknown (\w+ )?(action|operation)|function not found: /")


def known(endpoint: str, service: str) -> Iterator[tuple[str, bool]]:
    """Each operation of botocore's model of `service`, and whether the cloud knows it."""
    keys = process.credentials()
    client: Any = Session().create_client(
        service,
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        config=_SETTINGS,
    )
    model = client.meta.service_model
    for name in model.operation_names:
        shape = model.operation_model(name).input_shape
        words = _made_up(shape, 0) if shape else {}
        yield name, _answers(getattr(client, xform_name(name)), words)


def _answers(call: Any, words: dict[str, Any]) -> bool:
    try:
        call(**words)
    except ClientError as error:
        facts = error.response
        return not _refused(
            int(facts["ResponseMetadata"]["HTTPStatusCode"]),
            facts["Error"]["Code"],
            facts["Error"].get("Message") or "",
        )
    except (BotoCoreError, ValueError):
        return False  # an answer that its own client cannot read is none
    return True


def _refused(status: int, code: str, message: str) -> bool:
    if status in (405, 501) or code in _REFUSALS:
        return True
    return _UNKNOWN.match(message) is not None


def _made_up(shape: Any, depth: int) -> Any:
    kind = shape.type_name
    if kind == "structure":
        members = shape.required_members if depth < 5 else []
        return {name: _made_up(shape.members[name], depth + 1) for name in members}
    if kind == "string":
        return (shape.enum or ["made-up"])[0]
    plain: dict[str, Any] = {"list": [], "map": {}, "boolean": False, "blob": b"x", "timestamp": 0}
    return plain.get(kind, 1)
