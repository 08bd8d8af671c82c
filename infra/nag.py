"""Every exception from AwsSolutions is one construct, one rule or finding, and a written reason."""

from typing import Any

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, **reasons: str) -> None:
    """`acknowledge(bucket, S1="...")`: the rule's short name and why it does not hold here."""
    for rule, reason in reasons.items():
        _acknowledge(construct, rule, reason)


def acknowledge_wildcard(construct: IConstruct, resource: str, reason: str) -> None:
    """One resource with a `*` in the policies of one role; any other is still a finding."""
    shown = _flat(Stack.of(construct).resolve(resource))
    _acknowledge(construct, f"IAM5[Resource::{shown}]", reason)


def has_wildcard(construct: IConstruct, resource: str) -> bool:
    return "*" in _flat(Stack.of(construct).resolve(resource))


def _acknowledge(construct: IConstruct, finding: str, reason: str) -> None:
    entry = Acknowledgment(id=f"AwsSolutions::AwsSolutions-{finding}", reason=reason)
    Validations.of(construct).acknowledge(entry)


def _flat(value: Any) -> str:
    """A CloudFormation expression as cdk-nag names it in a finding."""
    match value:
        case str():
            return value.replace("${", "<").replace("}", ">")
        case {"Fn::Join": [delimiter, parts]}:
            return str(delimiter).join(_flat(part) for part in parts)
        case {"Fn::Sub": inner} | {"Fn::ImportValue": inner}:
            return _flat(inner)
        case {"Fn::GetAtt": [resource, attribute]}:
            return f"<{_flat(resource)}.{_flat(attribute)}>"
        case {"Ref": name}:
            return f"<{name}>"
    raise ValueError(f"no rule for {value!r}")
