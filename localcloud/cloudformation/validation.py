"""A resource's properties are held against AWS's schema before its handler sees them.

MiniStack's handlers read what they know and pass over the rest. Upstream: a schema registry that
`stacks._provision_resource` and `_update_resource` consult.
"""

from __future__ import annotations

from typing import Any

from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks

from localcloud.cloudformation import schemas

Properties = dict[str, Any]


def install() -> None:
    create, update = provisioners._provision_resource, provisioners._update_resource

    def checked_create(kind: str, logical_id: str, properties: Properties, stack: str) -> Any:
        check(kind, logical_id, properties)
        return create(kind, logical_id, properties, stack)

    def checked_update(
        kind: str,
        physical_id: str,
        old: Properties,
        new: Properties,
        stack: str,
        logical_id: str | None = None,
        attributes: dict[str, Any] | None = None,
    ) -> Any:
        if old != new:
            check(kind, logical_id or physical_id, new)
        return update(kind, physical_id, old, new, stack, logical_id, attributes)

    merge = stacks._with_stack_tags

    def tagged(kind: str, properties: Properties, *rest: Any) -> Properties:
        """Wrong tags stay as they are, for the check to see: MiniStack would drop them here."""
        if not _well_formed(kind, properties):
            return properties
        merged: Properties = merge(kind, properties, *rest)
        return merged

    for module in (provisioners, stacks):
        module._with_stack_tags = tagged
        module._provision_resource = checked_create
        module._update_resource = checked_update
    _tell_unknown_types_apart()


def _tell_unknown_types_apart() -> None:
    supported = engine.validate_template_support

    def explained(template: dict[str, Any], *rest: Any, **named: Any) -> None:
        try:
            supported(template, *rest, **named)
        except ValueError as error:
            raise ValueError(_tell_apart(str(error))) from error

    for module in (engine, changesets, handlers):  # the latter two import it by name
        module.validate_template_support = explained


def check(kind: str, logical_id: str, properties: Properties) -> None:
    """Raises ValueError, in CloudFormation's words, naming every property that is wrong."""
    if found := schemas.problems(kind, _without_own_tags(kind, properties)):
        text = "\n".join(found)
        raise ValueError(
            f"Properties validation failed for resource {logical_id} with message:\n{text}"
        )


def _without_own_tags(kind: str, properties: Properties) -> Properties:
    """CloudFormation's own tags (aws:...) are added after the check, on AWS."""
    name, shape = provisioners._STACK_TAG_PROPERTY.get(kind, ("", ""))
    tags = properties.get(name)
    if not tags or not _well_formed(kind, properties):
        return properties
    own: Any
    if shape == "map":
        own = {key: value for key, value in tags.items() if not key.startswith("aws:")}
    else:
        own = [tag for tag in tags if not str(tag.get("Key", "")).startswith("aws:")]
    return {**properties, name: own} if own else {k: v for k, v in properties.items() if k != name}


def _well_formed(kind: str, properties: Properties) -> bool:
    name, shape = provisioners._STACK_TAG_PROPERTY.get(kind, ("", ""))
    given = properties.get(name)
    if shape == "map" or given is None:
        return given is None or isinstance(given, dict)
    return isinstance(given, list) and all(isinstance(t, dict) and "Key" in t for t in given)


def _tell_apart(message: str) -> str:
    """Which of the unrecognized types AWS has: those the local cloud lacks."""
    _, bracket, rest = message.partition("Unrecognized resource types: [")
    if not bracket:
        return message
    names = rest.rstrip("]").split(", ")
    lacking = [name for name in names if schemas.exists(name)]
    if not lacking:
        return message
    return f"{message} (AWS has {', '.join(lacking)}; the local cloud does not)"
