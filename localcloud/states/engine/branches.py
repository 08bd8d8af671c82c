"""Parallel and Map in line: all at the same time, and the first failure ends the others."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from typing import Any

from localcloud.states.engine import batches, history, map_run, values
from localcloud.states.engine.attempts import Next, guarded
from localcloud.states.engine.fault import Bad, Ended, Fault
from localcloud.states.engine.scope import Cancellation, Scope

_MOST_AT_ONCE = 40  # AWS's limit for a Map in line


def together(scope: Scope, count: int, limit: int, one: Callable[[Scope, int], Any]) -> list[Any]:
    """`one(group, index)` for each index, `limit` at a time; raises what failed first."""
    group = replace(scope, cancelled=Cancellation(scope.cancelled))
    failures: list[Exception] = []

    def work(index: int) -> Any:
        if group.cancelled.is_set():
            return None
        try:
            return one(group, index)
        except Ended:
            return None
        except Exception as error:
            failures.append(error)
            group.cancelled.set()
            return None

    scope.place.setdefault("parts", {})
    with ThreadPoolExecutor(max_workers=max(1, min(limit, count))) as pool:
        futures = [pool.submit(copy_context().run, work, index) for index in range(count)]
    scope.check()
    if failures:
        raise failures[0]
    return [future.result() for future in futures]


def parallel(state: dict[str, Any], scope: Scope, raw: Any) -> Next:
    return guarded(state, scope, raw, lambda: _branches(state, scope, raw))


def _branches(state: dict[str, Any], scope: Scope, raw: Any) -> Any:
    from localcloud.states.engine.machine import walk  # it walks to us

    data = values.entering(state, scope, raw)
    branches = state["Branches"]
    history.add(scope, "ParallelStateStarted")

    def one(group: Scope, index: int) -> Any:
        branch = branches[index]
        return walk(branch, group.inner(str(index), branch), data)

    try:
        results = together(scope, len(branches), len(branches), one)
    except Fault:
        history.add(scope, "ParallelStateFailed")
        raise
    history.add(scope, "ParallelStateSucceeded")
    return values.leaving(state, scope, raw, results)


def each(state: dict[str, Any], scope: Scope, raw: Any) -> Next:
    processor = state.get("ItemProcessor") or state.get("Iterator") or {}
    mode = processor.get("ProcessorConfig", {}).get("Mode", "INLINE")
    run = map_run.run if mode == "DISTRIBUTED" else _iterations
    return guarded(state, scope, raw, lambda: run(state, processor, scope, raw))


def _iterations(state: dict[str, Any], processor: dict[str, Any], scope: Scope, raw: Any) -> Any:
    data = values.entering(state, scope, raw, whole=True)
    items = batches.items_of(state, scope, data)
    if not isinstance(items, list):
        raise Bad(f"Reference path {state.get('ItemsPath', '$')!r} must point to array")
    history.add(scope, "MapStateStarted", {"length": len(items)})
    wanted = int(values.number(state, "MaxConcurrency", scope, data, 0))
    limit = min(wanted or _MOST_AT_ONCE, _MOST_AT_ONCE)

    def one(group: Scope, index: int) -> Any:
        item = {"Item": {"Index": index, "Value": items[index]}}
        inner = group.inner(str(index), processor, Map=item)
        return _iteration(state, processor, scope, inner, data)

    try:
        results = together(scope, len(items), limit, one)
    except Fault:
        history.add(scope, "MapStateFailed")
        raise
    history.add(scope, "MapStateSucceeded")
    return values.leaving(state, scope, raw, results)


def _iteration(
    state: dict[str, Any], processor: dict[str, Any], scope: Scope, inner: Scope, data: Any
) -> Any:
    from localcloud.states.engine.machine import walk

    inner.name, inner.jsonata = scope.name, scope.jsonata
    if "output" in inner.place:
        return inner.place["output"]
    told = {"name": scope.name, "index": inner.context["Map"]["Item"]["Index"]}
    history.add(inner, "MapIterationStarted", told)
    value = batches.selected(state, inner, data)
    try:
        output = walk(processor, inner, value)
    except Fault:
        history.add(inner, "MapIterationFailed", told)
        raise
    history.add(inner, "MapIterationSucceeded", told)
    return output
