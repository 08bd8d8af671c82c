"""Task: a call in the machine's role, bounded by its time-outs; or a wait for somebody outside."""

from __future__ import annotations

import logging
import threading
from contextvars import copy_context
from typing import Any

from localcloud import busy, clock
from localcloud.states import integrations, task
from localcloud.states.engine import activities, tokens, values
from localcloud.states.engine.attempts import Next, guarded
from localcloud.states.engine.fault import Bad, Ended, Fault
from localcloud.states.engine.scope import Cancellation, Scope
from localcloud.states.engine.task_events import Events

log = logging.getLogger(__name__)


def run(state: dict[str, Any], scope: Scope, raw: Any) -> Next:
    return guarded(state, scope, raw, lambda: _attempt(state, scope, raw))


def _attempt(state: dict[str, Any], scope: Scope, raw: Any) -> Any:
    resource = str(state["Resource"])
    token = tokens.Token(Cancellation(scope.cancelled))
    if resource.endswith(".waitForTaskToken"):
        scope.context["Task"] = {"Token": token.id}
    argument = values.entering(state, scope, raw)
    timeout, token.heartbeat = (
        values.number(state, name, scope, raw, 0) or None
        for name in ("TimeoutSeconds", "HeartbeatSeconds")
    )
    events = Events(scope, resource)
    events.scheduled(argument, timeout, token.heartbeat)
    try:
        result = _result(resource, argument, scope, timeout, token, events)
    except Fault as fault:
        events.failed(fault.error, fault.cause)
        raise
    finally:
        scope.context.pop("Task", None)
    events.succeeded(values.text(result, scope))
    return values.leaving(state, scope, raw, result)


def _result(
    resource: str,
    argument: Any,
    scope: Scope,
    timeout: float | None,
    token: tokens.Token,
    events: Events,
) -> Any:
    if events.kind == "Activity":
        return _activity(resource, argument, scope, timeout, token, events)
    waits = resource.endswith(".waitForTaskToken")
    if waits:
        tokens.open_(token)  # before the call: the answer may come while it runs
    events.started()
    try:
        # A bound on work is in real seconds, since no clock makes work faster.
        answer = _called(resource, argument, scope, timeout)
        if not waits:
            return answer
        events.submitted(values.text(answer, scope))
        return _answered(token, scope, clock.after(timeout) if timeout else None)
    finally:
        tokens.close(token)


def _called(resource: str, argument: Any, scope: Scope, timeout: float | None) -> Any:
    """The call in a thread of its own: what ends the task does not wait for the call to end."""
    call = tokens.Token(Cancellation(scope.cancelled))
    here = task.Execution(scope.run.record, scope.run.role, Cancellation(scope.cancelled))

    def work() -> None:
        task.current.set(here)
        try:
            call.result = integrations.call(resource, argument)
        except Fault as fault:
            call.fault = fault
        except Exception as error:
            log.exception("%s", resource)
            call.fault = Bad(repr(error))
        call.done.set()

    # A step of the clock waits for a call, but not for a job or a machine that this one waits for.
    target = work if ".sync" in resource else busy.holding(work)
    threading.Thread(target=copy_context().run, args=(target,), daemon=True).start()
    try:
        return _answered(call, scope, clock.work(timeout) if timeout else None)
    finally:
        here.cancelled.set()


def _activity(
    arn: str,
    argument: Any,
    scope: Scope,
    timeout: float | None,
    token: tokens.Token,
    events: Events,
) -> Any:
    if not activities.known(arn):
        raise Fault("ActivityDoesNotExist", f"The activity {arn} does not exist")
    work = activities.Waiting(token, argument, Cancellation(scope.cancelled))
    tokens.open_(token)
    activities.offer(arn, work)
    try:
        work.taken.wait()  # the time-outs are counted from when a worker takes it
        scope.check()
        events.started(work.worker)
        return _answered(token, scope, clock.after(timeout) if timeout else None)
    finally:
        token.done.set()
        tokens.close(token)


def _answered(token: tokens.Token, scope: Scope, limit: clock.Deadline | None) -> Any:
    token.alive()
    while not token.done.is_set():
        limits = [each for each in (limit, token.beat) if each is not None]
        if not limits:
            token.done.wait()
        elif min(limits, key=clock.Deadline.left).wait(token.done):
            _overdue(token, limit)
    scope.check()
    if token.fault is not None:
        raise token.fault
    if token.done.is_set():
        return token.result
    raise Ended


def _overdue(token: tokens.Token, limit: clock.Deadline | None) -> None:
    """A heartbeat that came meanwhile has moved its deadline: then nothing is overdue."""
    if limit is not None and limit.passed():
        raise Fault("States.Timeout", "")
    if token.beat is not None and token.beat.passed():
        raise Fault("States.HeartbeatTimeout", "")
