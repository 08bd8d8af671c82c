"""Walks from state to state, from the start or from where an execution failed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from ministack.core.responses import now_iso

from localcloud.states.engine import branches, choice, history, plain, tasks, values
from localcloud.states.engine.attempts import Next
from localcloud.states.engine.fault import Bad, Ended, Fault
from localcloud.states.engine.scope import Scope

State = Callable[[dict[str, Any], Scope, Any], Next]
_STATES: dict[str, State] = {
    "Choice": choice.run,
    "Fail": plain.fail,
    "Map": branches.each,
    "Parallel": branches.parallel,
    "Pass": plain.passing,
    "Succeed": plain.succeed,
    "Task": tasks.run,
    "Wait": plain.wait,
}


def walk(definition: dict[str, Any], scope: Scope, value: Any) -> Any:
    """The output of the last state. Raises Fault when a state fails, Ended when it was stopped."""
    place = scope.place
    if "output" in place:
        return place["output"]
    name = place.get("state", definition["StartAt"])
    value = place.get("input", value)
    scope.variables.update(place.get("variables", {}))
    while True:
        scope.check()
        place.update(state=name, input=value, variables=copy.deepcopy(scope.variables))
        value, following = enter(name, definition["States"][name], scope, value)
        place.pop("parts", None)
        if following is None:
            place["output"] = value
            return value
        name = following


def enter(name: str, state: dict[str, Any], scope: Scope, value: Any) -> Next:
    kind, scope.name = state["Type"], name
    scope.jsonata = state.get("QueryLanguage", scope.language) == "JSONata"
    scope.context["State"] = {"EnteredTime": now_iso(), "Name": name, "RetryCount": 0}
    told = {"name": name, "input": values.text(value, scope), "inputDetails": {"truncated": False}}
    entered = history.add(scope, f"{kind}StateEntered", told)
    where = f"An error occurred while executing the state '{name}' (entered at the event id #"
    try:
        output, following = _STATES[kind](state, scope, value)
        written = values.text(output, scope)
    except (Ended, Fault):
        raise
    except Bad as error:
        raise Fault("States.Runtime", f"{where}{entered}). {error}") from error
    except Exception as error:
        raise Fault("States.Runtime", f"{where}{entered}). {error!r}") from error
    exited: dict[str, Any] = {
        "name": name,
        "output": written,
        "outputDetails": {"truncated": False},
    }
    if state.get("Assign"):
        named = sorted({key.removesuffix(".$") for key in state["Assign"]} & scope.variables.keys())
        exited["assignedVariables"] = {
            key: values.text(scope.variables[key], scope) for key in named
        }
    history.add(scope, f"{kind}StateExited", exited)
    return output, following
