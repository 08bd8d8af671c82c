"""Between Step Functions' names (the Java SDK's) and botocore's: members, services, errors."""

from __future__ import annotations

import re
from typing import Any

from localcloud.json_service import model

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+|\d+")
_OVERRIDES = {("AttributeValue", "NULL"): "Nul"}  # Java has the word null for itself


def member(shape: Any, key: str) -> str | None:
    """botocore's member for a parameter of Step Functions, whose first letter is upper case."""
    if not key or not (key[0].isupper() or key[0].isdigit()):
        return None
    for name in shape.members:
        if _OVERRIDES.get((shape.name, name), name).lower() == key.lower():
            return str(name)
    return None


def key(shape: Any, name: str) -> str:
    """Step Functions' key for a member of a response."""
    from ministack.services.stepfunctions import _api_name_to_sfn_key

    return str(_OVERRIDES.get((shape.name, name)) or _api_name_to_sfn_key(name))


def prefix(service: str, *, sdk: bool) -> str:
    """What an error's name begins with: `DynamoDb.` of the SDK form, `DynamoDB.` of the other."""
    identity = str(model(service).metadata["serviceId"])
    if not sdk:
        return {"SFN": "StepFunctions"}.get(identity, identity.replace(" ", ""))
    words = (word for part in identity.split() for word in _WORD.findall(part))
    return "".join(word[0].upper() + word[1:].lower() for word in words)


def error(service: str, code: str, *, sdk: bool) -> str:
    """The name of the Java SDK's exception; one that the model lacks is the service's own."""
    known = model(service)
    start = prefix(service, sdk=sdk)
    for shape in known.error_shapes:
        if code in (shape.name, shape.error_code):
            return f"{start}.{_exception(shape.name)}"
    if sdk:
        return f"{start}.{start}Exception"
    return f"{start}.{'AWS' if service == 'lambda' else 'Amazon'}{start}Exception"


def _exception(name: str) -> str:
    if name.endswith("Exception"):
        return name
    return f"{name.removesuffix('Fault')}Exception"
