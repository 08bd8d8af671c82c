"""A stack operation that the server did not finish is rolled back by the next one.

MiniStack keeps what a roll-back needs on the stack of a coroutine only. Upstream:
`stacks._deploy_stack_async` would keep its `_failed_operation` from its beginning on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from ministack import app
from ministack.core.responses import set_request_account_id, set_request_region
from ministack.services.cloudformation import _change_sets, _stacks, changesets, handlers, stacks

REASON = "The local cloud ended during the operation"
_KEY = "_under_way"

_deploy, _roll_back = stacks._deploy_stack_async, stacks._roll_back_operation


async def _deploying(
    name: str,
    stack_id: str,
    template: dict[str, Any],
    values: dict[str, Any],
    disable_rollback: bool,
    tags: list[Any],
    is_update: bool = False,
    previous_stack: dict[str, Any] | None = None,
    retain_except_on_create: bool = False,
    imports: dict[str, Any] | None = None,
) -> None:
    stack = _stacks[name]
    before = previous_stack or {}
    stack[_KEY] = stacks._failed_operation(
        is_update, previous_stack, [], None, None, [], False, template, values,
        retain_except_on_create, stack.get("Tags"), before.get("Tags"), imports,
    )  # fmt: skip
    await _deploy(
        name, stack_id, template, values, disable_rollback, tags, is_update, previous_stack,
        retain_except_on_create, imports,
    )  # fmt: skip
    stack.pop(_KEY, None)


async def _rolling_back(
    name: str, stack_id: str, stack: dict[str, Any], operation: dict[str, Any], reason: str = ""
) -> None:
    stack[_KEY] = operation
    await _roll_back(name, stack_id, stack, operation, reason)
    stack.pop(_KEY, None)


def resume() -> None:
    for (account, region, name), stack in list(_stacks._data.items()):
        ending = _ending(name, stack)
        if ending is not None and app._MAIN_LOOP is not None:
            asyncio.run_coroutine_threadsafe(_in(account, region, ending), app._MAIN_LOOP)
    for change_set in list(_change_sets._data.values()):
        if change_set.get("ExecutionStatus") == "EXECUTE_IN_PROGRESS":
            change_set["ExecutionStatus"] = "EXECUTE_FAILED"


def _ending(name: str, stack: dict[str, Any]) -> Coroutine[Any, Any, None] | None:
    status, operation = stack.get("StackStatus", ""), stack.get(_KEY)
    if status == "DELETE_IN_PROGRESS":
        return stacks._delete_stack_async(name, stack["StackId"])  # type: ignore[no-any-return]
    if status.endswith("_CLEANUP_IN_PROGRESS"):
        stack["StackStatus"] = status.removesuffix("_CLEANUP_IN_PROGRESS")
        return None
    if operation is None or not status.endswith("_IN_PROGRESS"):
        return None
    if not operation["created"]:
        operation["created"] = _created(stack, operation)
    return _rolling_back(name, stack["StackId"], stack, operation, REASON)


def _created(stack: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    """What the operation had made or changed by then, in the order in which it was made."""
    before = (operation["previous_stack"] or {}).get("_resources", {})
    return [name for name, made in stack.get("_resources", {}).items() if made != before.get(name)]


async def _in(account: str, region: str, ending: Coroutine[Any, Any, None]) -> None:
    set_request_account_id(account)
    set_request_region(region)
    await ending


def install() -> None:
    for module in (stacks, changesets, handlers):
        module._deploy_stack_async = _deploying
        if hasattr(module, "_roll_back_operation"):
            module._roll_back_operation = _rolling_back
