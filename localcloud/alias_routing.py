"""An alias's weights really route: each invocation draws the version that answers it.

MiniStack stores `AdditionalVersionWeights` and always runs the alias's first version. Upstream:
a draw in `lambda_svc._invoke` and `_effective_func_record_for_qualifier`.
"""

from __future__ import annotations

import random
from contextvars import ContextVar
from typing import Any

from ministack.services import lambda_svc

_invoked: ContextVar[str | None] = ContextVar("localcloud_invoked_alias", default=None)


def choose(alias: dict[str, Any], draw: float) -> str:
    """The version that serves a draw from [0, 1)."""
    for version, weight in (
        (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights", {}).items()
    ):
        if draw < weight:
            return str(version)
        draw -= weight
    return str(alias.get("FunctionVersion", "$LATEST"))


def _alias(name: str, qualifier: str | None) -> dict[str, Any] | None:
    func = lambda_svc._functions.get(name)
    return (func or {}).get("aliases", {}).get(qualifier)  # type: ignore[no-any-return]


def install() -> None:
    invoke, execute = lambda_svc._invoke, lambda_svc._execute_function
    record_for_reference = lambda_svc._get_func_record_for_ref

    async def routed_invoke(
        name: str,
        event: Any,
        headers: dict[str, str],
        path_qualifier: str | None = None,
        query_params: dict[str, Any] | None = None,
    ) -> Any:
        """Invoke of the API: run the drawn version, but as what was asked for, the alias."""
        asked = lambda_svc._qualifier_from_path_or_query(path_qualifier, query_params)
        if (alias := _alias(name, asked)) is None:
            return await invoke(name, event, headers, path_qualifier, query_params)
        token = _invoked.set(asked)
        try:
            version = choose(alias, random.random())
            return await invoke(name, event, headers, version, query_params)
        finally:
            _invoked.reset(token)

    def executed_as_alias(func: dict[str, Any], event: Any) -> dict[str, Any]:
        if alias := _invoked.get():
            _invoked.set(None)
            func = _as_invoked(func, alias)
        return execute(func, event)  # type: ignore[no-any-return]

    def routed_record(reference: str) -> tuple[Any, Any, str]:
        """Every other way to invoke (state machines, rules, URLs, notifications)."""
        record, config, name = record_for_reference(reference)
        _, qualifier = lambda_svc._resolve_name_and_qualifier(reference)
        if record is None or (alias := _alias(name, qualifier)) is None:
            return record, config, name
        drawn = _drawn(name, alias, str(qualifier))
        return drawn, drawn["config"], name

    lambda_svc._invoke = routed_invoke
    lambda_svc._execute_function = executed_as_alias
    lambda_svc._get_func_record_for_ref = routed_record


def invoked_arn(config: dict[str, Any]) -> str:
    """The ARN that the caller of the API used: the alias's, while its version is what runs."""
    arn = str(config["FunctionArn"])
    return ":".join([*arn.split(":")[:7], alias]) if (alias := _invoked.get()) else arn


def _drawn(name: str, alias: dict[str, Any], qualifier: str) -> dict[str, Any]:
    version = choose(alias, random.random())
    func = lambda_svc._functions.get(name)
    return _as_invoked(func if version == "$LATEST" else func["versions"][version], qualifier)


def _as_invoked(func: dict[str, Any], alias: str) -> dict[str, Any]:
    """The record of a version under the ARN that its caller used."""
    config = dict(func["config"])
    config["FunctionArn"] = ":".join([*config["FunctionArn"].split(":")[:7], alias])
    return {**func, "config": config}
