"""The statements of a stack's roles: listed, and taken away one at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

Decision = dict[str, Any]


@dataclass(frozen=True)
class Statement:
    """`index` is its place in the inline policy `policy` of the role; `label` is for people."""

    role: str
    label: str
    policy: str
    index: int
    actions: tuple[str, ...]

    @property
    def role_name(self) -> str:
        return self.role.rpartition("/")[2]

    def let_through(self, decision: Decision) -> bool:
        return self._of_role(decision) and [self.policy, self.index] in decision["statements"]

    def alone_let_through(self, decision: Decision) -> bool:
        """No other statement of its role did; a key's policy lets a role in only beside one."""
        own = [s for s in decision["statements"] if s[0] != "resource"]
        return self.let_through(decision) and len(own) == 1

    def missed_in(self, decision: Decision) -> bool:
        """A denial of one of its actions to its role."""
        denied = self._of_role(decision) and not decision["allowed"]
        return denied and decision["action"] in self.actions

    def _of_role(self, decision: Decision) -> bool:
        return bool(decision["principal"] == self.role)

    def __str__(self) -> str:
        return f"{self.label}: {', '.join(self.actions)}"


def of_roles(iam: Any, roles: Sequence[tuple[str, str]]) -> list[Statement]:
    """`roles` are (logical id, name). A managed policy would have no place in the list."""
    found = []
    for logical_id, name in roles:
        arn = iam.get_role(RoleName=name)["Role"]["Arn"]
        if attached := iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            raise ValueError(f"{logical_id} holds {attached}: only inline policies are expected")
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            for index, statement in enumerate(_document(iam, name, policy)["Statement"]):
                label = re.sub(r"(Default)?(Role)?[0-9A-F]{8}$", "", logical_id)
                actions = statement["Action"]
                actions = (actions,) if isinstance(actions, str) else tuple(sorted(actions))
                found.append(Statement(arn, label, policy, index, actions))
    return found


@contextmanager
def without(iam: Any, statement: Statement) -> Iterator[None]:
    """The role's policy lacks the statement, and has it again whatever happens."""
    name, policy = statement.role_name, statement.policy
    whole = _document(iam, name, policy)
    rest = [s for i, s in enumerate(whole["Statement"]) if i != statement.index]
    if rest:
        _put(iam, name, policy, {**whole, "Statement": rest})
    else:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    try:
        yield
    finally:
        _put(iam, name, policy, whole)


@contextmanager
def denied(iam: Any, role: str, action: str, on: str = "*") -> Iterator[None]:
    """A fault made on purpose: the role may not, whatever its policies say."""
    rule = {"Effect": "Deny", "Action": action, "Resource": on}
    _put(iam, role, "AblationFault", {"Version": "2012-10-17", "Statement": [rule]})
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName="AblationFault")


def _document(iam: Any, role: str, policy: str) -> dict[str, Any]:
    found: dict[str, Any] = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    return found


def _put(iam: Any, role: str, policy: str, document: dict[str, Any]) -> None:
    iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))
