"""One resource type as calls of its service: create, update in place or replace, delete."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.cloudformation.properties import request
from localcloud.json_service import Document, Operation, ServiceError

Properties = dict[str, Any]
Made = tuple[str, Document]


_GONE = ("not exist", "Could not find")  # how services say that something is not there


@dataclass(frozen=True)
class ResourceType:
    """`name` is the property that names the resource; `identity` are the others that say which
    one it is. `described` gives from the name what Ref and Fn::GetAtt return.

    A change of what the type's schema calls create-only never comes here: MiniStack makes a new
    resource of it. `update` is the operation for the rest."""

    type_name: str
    service: str
    operations: Mapping[str, Operation]
    name: str
    create: str
    delete: str
    described: Callable[[str], Made]
    identity: tuple[str, ...] = ()
    update: str | None = None
    update_name: str = ""
    max_length: int = 100

    def handlers(self) -> dict[str, Any]:
        return {
            "create": self.on_create,
            "update": self.on_update,
            "update_with_logical_id": True,
            "delete": self.on_delete,
        }

    def on_create(self, logical_id: str, properties: Properties, stack: str) -> Made:
        given = self._named(properties, stack, logical_id)
        self._call(self.create, given)
        return self.described(given[self.name])

    def on_update(
        self, physical_id: str, old: Properties, new: Properties, stack: str, logical_id: str
    ) -> Made:
        before = self._named(old, stack, logical_id)
        after = self._named(new, stack, logical_id)
        changed = {key for key in before | after if before.get(key) != after.get(key)} - {"Tags"}
        if changed and self.update is None:
            raise ValueError(
                f"{self.type_name} {after[self.name]}: the local cloud does not change "
                f"{', '.join(sorted(changed))} of one that exists"
            )
        if changed and self.update:
            request(self.service, self.create, self.type_name, after)  # names unknown properties
            words = {k: v for k, v in after.items() if k not in (self.name, "Tags")}
            self._call(self.update, {**words, self.update_name: after[self.name]})
        return self.described(after[self.name])

    def on_delete(self, physical_id: str, properties: Properties) -> None:
        given = {key: properties[key] for key in self.identity if key in properties}
        name = properties.get(self.name) or physical_id.rpartition("/")[2]
        with contextlib.suppress(_Gone):
            self._call(self.delete, {**given, self.name: name})

    def _named(self, properties: Properties, stack: str, logical_id: str) -> Properties:
        from ministack.services.cloudformation.provisioners import _physical_name

        length = self.max_length
        name = properties.get(self.name) or _physical_name(stack, logical_id, max_len=length)
        return {**properties, self.name: name}

    def _call(self, operation: str, properties: Properties) -> Document:
        words = request(self.service, operation, self.type_name, properties)
        try:
            return self.operations[operation](words)
        except ServiceError as error:
            gone = any(words in error.message for words in _GONE)
            kind = _Gone if gone else ValueError
            raise kind(
                f'Resource handler returned message: "{error.message}" '
                f"(Service: {self.service}, Error Code: {error.code})"
            ) from error


class _Gone(ValueError):
    """What is not there any more needs no deletion."""
