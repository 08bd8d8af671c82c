"""A role's policies, parsed once, each statement with the policy that it stands in.

MiniStack parses all of them at every request and forgets where a statement came from. A condition
key that this cloud does not fill is never satisfied in an Allow: on AWS it might not be.
Upstream: a cache and an origin in `iam_evaluator._gather_role_policies`.
"""

from __future__ import annotations

import json
import logging
from functools import lru_cache
from typing import Any

from ministack.core import iam_evaluator

from localcloud.access.known_keys import unfilled

_log = logging.getLogger("localcloud.access")
Statements = list[Any]


def of_role(role_name: str, account: str) -> list[Statements]:
    from ministack.services import iam

    role = iam._roles.get_scoped(account, None, role_name)
    if role is None:
        return []
    inline = list((role.get("InlinePolicies") or {}).items())  # another thread may be adding one
    found = [_parsed(n, _text(d)) for n, d in inline]
    for arn in role.get("AttachedPolicies", []):
        if document := iam_evaluator._resolve_managed_policy_document(arn, account):
            found.append(_parsed(arn, _text(document)))
    return found


def _text(document: str | dict[str, Any]) -> str:
    return document if isinstance(document, str) else json.dumps(document)


@lru_cache(maxsize=2048)
def _parsed(name: str, text: str) -> Statements:
    statements: Statements = iam_evaluator.parse_policy_document(text)
    for index, statement in enumerate(statements):
        statement.origin = (name, index)
    return statements


def install() -> None:
    first_match = iam_evaluator._first_match

    def first_known_match(context: Any, statements: Statements, effect: str) -> Any:
        if effect == "Allow":
            statements = [s for s in statements if not s.conditions or _is_known(s)]
        return first_match(context, statements, effect)

    iam_evaluator._first_match = first_known_match
    iam_evaluator._gather_role_policies = of_role


def _is_known(statement: Any) -> bool:
    known: bool | None = getattr(statement, "known", None)
    if known is None:
        names = [key for block in statement.conditions.values() for key in block]
        lacking = unfilled(names)
        for key in lacking:
            _log.warning("%s is not filled here: a statement with it allows nothing", key)
        known = statement.known = not lacking
    return known
