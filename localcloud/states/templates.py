"""State machines of a template: checked as CreateStateMachine checks them, kept in its shape.

MiniStack stores a template's logging configuration with the template's own names, and checks no
definition. Upstream: `provisioners._sfn_state_machine_create` through CreateStateMachine.
"""

from __future__ import annotations

from typing import Any

from localcloud.states import definition, managed_rules, permission


def install() -> None:
    from ministack.services.cloudformation import provisioners

    handlers = provisioners._RESOURCE_HANDLERS["AWS::StepFunctions::StateMachine"]
    create, update = handlers["create"], handlers["update"]

    def checked(properties: dict[str, Any]) -> dict[str, Any]:
        kind = properties.get("StateMachineType", "STANDARD")
        logging = _in_lower_case(properties.get("LoggingConfiguration") or {})
        text = provisioners._sfn_definition(properties)
        role = properties.get("RoleArn", "")
        wrong = (
            definition.problem(text, kind)
            or permission.log_delivery(role, logging)
            or managed_rules.refusal(role, text)
        )
        if wrong:
            raise provisioners._sfn_handler_error(wrong)
        if not logging:
            return properties
        return {**properties, "LoggingConfiguration": logging}

    def created(logical_id: str, properties: dict[str, Any], stack: str) -> Any:
        return create(logical_id, checked(properties), stack)

    def updated(physical_id: str, old: Any, new: dict[str, Any], *rest: Any, **words: Any) -> Any:
        return update(physical_id, old, checked(new), *rest, **words)

    handlers["create"], handlers["update"] = created, updated


def _in_lower_case(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: _in_lower_case(part) for key, part in value.items()}
    return [_in_lower_case(part) for part in value] if isinstance(value, list) else value
