"""Conditions compare what intrinsic functions give: Fn::Join, Fn::Sub, Fn::FindInMap, pseudo ones.

MiniStack reads a parameter's Ref and Fn::Select and takes any other function for a plain value, so
that CDK's bootstrap stack gives its role a policy without a name. Upstream: `_resolve_cond_value`
in `engine._evaluate_conditions` would call `_resolve_refs`.
"""

from __future__ import annotations

import copy
import sys
from typing import Any

from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks

Document = dict[str, Any]

_COMBINING = ("Fn::And", "Fn::Or", "Fn::Not")


def install() -> None:
    evaluate = engine._evaluate_conditions

    def evaluated(template: Document, parameters: Document) -> Any:
        return evaluate(resolved(template, parameters), parameters)

    for module in (engine, stacks, changesets, handlers, provisioners, _package()):
        if hasattr(module, "_evaluate_conditions"):  # they import it by name
            module._evaluate_conditions = evaluated


def resolved(template: Document, parameters: Document) -> Document:
    """The template with the operands of every comparison in its conditions worked out."""
    mappings = template.get("Mappings", {})

    def walk(expression: Any) -> Any:
        if not isinstance(expression, dict):
            return expression
        if "Fn::Equals" in expression:
            return {"Fn::Equals": [value(one) for one in expression["Fn::Equals"]]}
        return {
            key: [walk(one) for one in part] if key in _COMBINING else part
            for key, part in expression.items()
        }

    def value(operand: Any) -> Any:
        if not isinstance(operand, dict) or operand.keys() & {"Condition", "Fn::Equals"}:
            return walk(operand)
        return engine._resolve_refs(copy.deepcopy(operand), {}, parameters, {}, mappings, "", "")

    conditions = {name: walk(one) for name, one in template.get("Conditions", {}).items()}
    return {**template, "Conditions": conditions}


def _package() -> Any:
    return sys.modules["ministack.services.cloudformation"]
