"""Template properties as a service's request: types restored, unknown ones refused."""

from __future__ import annotations

from typing import Any

from localcloud.json_service import model


def request(
    service: str, operation: str, type_name: str, properties: dict[str, Any]
) -> dict[str, Any]:
    """botocore's request for `operation`; CloudFormation writes members in upper case and may
    give a number or a boolean as text. Raises ValueError naming an unknown property."""
    shape = model(service).operation_model(operation).input_shape
    found: dict[str, Any] = _convert(shape, properties, type_name)
    return found


def _convert(shape: Any, value: Any, path: str) -> Any:
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict):
        found = {}
        for key, part in value.items():
            member = next((name for name in shape.members if name.lower() == key.lower()), None)
            if member is None or not key[0].isupper():
                raise ValueError(
                    f"{path}: Encountered unsupported property {key}; expected one of "
                    f"{', '.join(sorted(name[0].upper() + name[1:] for name in shape.members))}"
                )
            found[member] = _convert(shape.members[member], part, f"{path}.{key}")
        return found
    if kind == "list" and isinstance(value, list):
        return [_convert(shape.member, part, path) for part in value]
    if kind == "map" and isinstance(value, dict):
        return {key: _convert(shape.value, part, path) for key, part in value.items()}
    return _scalar(kind, value, path)


def _scalar(kind: str, value: Any, path: str) -> Any:
    if kind == "boolean" and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if kind in ("integer", "long") and isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            raise ValueError(f"{path}: expected an integer; got {value!r}") from None
    if kind == "string" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    accepted = {"boolean": bool, "integer": int, "long": int, "string": str}.get(kind)
    if accepted and not isinstance(value, accepted):
        raise ValueError(f"{path}: expected {kind}; got {type(value).__name__}")
    if kind in ("structure", "list", "map"):
        raise ValueError(f"{path}: expected {kind}; got {type(value).__name__}")
    return value
