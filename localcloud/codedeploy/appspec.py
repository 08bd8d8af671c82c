"""What a deployment is asked to shift: the AppSpec of a Lambda deployment, checked as AWS does."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from localcloud.json_service import Document, ServiceError

HOOKS = ("BeforeAllowTraffic", "AfterAllowTraffic")
_PROPERTIES = ("Name", "Alias", "CurrentVersion", "TargetVersion")


@dataclass(frozen=True)
class Shift:
    function: str
    alias: str
    current: str
    target: str
    hooks: Mapping[str, str] = field(default_factory=dict)


def parse(revision: Document) -> Shift:
    """Raises ServiceError (InvalidRevisionException) naming what is wrong."""
    kinds = {"AppSpecContent": "appSpecContent", "String": "string"}
    member = kinds.get(revision.get("revisionType", ""))
    if member is None or "content" not in revision.get(member, {}):
        _refuse("the local cloud deploys revisionType AppSpecContent (or String) with its content")
    part = revision[str(member)]
    content = part["content"]
    if part.get("sha256", _sha256(content)) != _sha256(content):
        _refuse("the sha256 is not that of the content")
    try:
        document = yaml.safe_load(content)
    except yaml.YAMLError as error:
        _refuse(f"the AppSpec is neither JSON nor YAML: {error}")
    return _shift(document)


def _shift(document: Any) -> Shift:
    if not isinstance(document, dict) or str(document.get("version")) not in ("0.0", "0"):
        _refuse("expected an AppSpec with version 0.0")
    resources = _key(document, "Resources")
    if not isinstance(resources, list) or len(resources) != 1:
        _refuse("expected exactly one resource")
    resource = next(iter(resources[0].values()))
    if resource.get("Type") != "AWS::Lambda::Function":
        _refuse(f"expected a resource of Type AWS::Lambda::Function; got {resource.get('Type')}")
    values = {key: str(value) for key, value in resource.get("Properties", {}).items()}
    if missing := [name for name in _PROPERTIES if not values.get(name)]:
        _refuse(f"the function's Properties lack {', '.join(missing)}")
    hooks: dict[str, str] = {}
    for entry in _key(document, "Hooks") or []:
        hooks |= {str(name): str(function) for name, function in entry.items()}
    if unknown := hooks.keys() - set(HOOKS):
        _refuse(f"unknown hooks {sorted(unknown)}; expected {', '.join(HOOKS)}")
    return Shift(
        values["Name"], values["Alias"], values["CurrentVersion"], values["TargetVersion"], hooks
    )


def _key(document: Document, name: str) -> Any:
    return document.get(name, document.get(name.lower()))


def _sha256(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def _refuse(message: str) -> None:
    raise ServiceError("InvalidRevisionException", f"The revision is invalid: {message}")
