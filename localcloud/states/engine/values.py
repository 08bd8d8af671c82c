"""How data flow through a state, in both query languages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ministack.services import stepfunctions as sfn

from localcloud.states.engine import intrinsics, paths
from localcloud.states.engine.fault import Bad, Fault
from localcloud.states.engine.scope import Scope

_VARIABLE = re.compile(r"\$(?P<name>[^\W\d]\w*)(?P<rest>.*)", re.DOTALL)
_MOST = 262_144


def select(path: str, scope: Scope, data: Any, field: str = "") -> Any:
    """The value of a path into the data, the context object ($$) or a variable."""
    try:
        return lookup(path, scope, data)
    except LookupError:
        where = f" specified for the field '{field}'" if field else ""
        text = json.dumps(data)
        raise Bad(
            f"The JSONPath '{path}'{where} could not be found in the input '{text}'"
        ) from None
    except ValueError as error:
        raise Bad(str(error)) from error


def lookup(path: str, scope: Scope, data: Any) -> Any:
    """LookupError: there is no such value. ValueError: that is no path."""
    if path.startswith("$$"):
        return paths.get(path[1:], scope.context)
    if match := _VARIABLE.fullmatch(path):
        return paths.get("$" + match["rest"], scope.variables[match["name"]])
    return paths.get(path, data)


def fill(template: Any, scope: Scope, data: Any) -> Any:
    """A payload template: what a key that ends in ".$" names, or an intrinsic gives."""
    if isinstance(template, list):
        return [fill(part, scope, data) for part in template]
    if not isinstance(template, dict):
        return template
    return dict(_filled(key, part, scope, data) for key, part in template.items())


def _filled(key: str, part: Any, scope: Scope, data: Any) -> tuple[str, Any]:
    if not key.endswith(".$"):
        return key, fill(part, scope, data)
    if not isinstance(part, str):
        raise Bad(f"The value for the field '{key}' must be a STRING that contains a JSONPath")
    return key[:-2], value(part, scope, data, key)


def value(text: str, scope: Scope, data: Any, field: str = "") -> Any:
    """A path or an intrinsic function's call."""
    if text.startswith("States."):
        return intrinsics.evaluate(text, lambda path: select(path, scope, data, field))
    return select(text, scope, data, field)


def jsonata(template: Any, scope: Scope, raw: Any, **more: Any) -> Any:
    """`more`: result or error_output, as $states has them there."""
    context = {**scope.context, "variables": scope.variables}
    return sfn._apply_jsonata_template(template, raw, context, **more)


def setting(state: Mapping[str, Any], name: str, scope: Scope, raw: Any, default: Any) -> Any:
    """A field that may be an expression (JSONata) or given by `<name>Path` (JSONPath)."""
    if not scope.jsonata and f"{name}Path" in state:
        return value(state[f"{name}Path"], scope, raw, f"{name}Path")
    if name not in state:
        return default
    return jsonata(state[name], scope, raw) if scope.jsonata else state[name]


def number(state: Mapping[str, Any], name: str, scope: Scope, raw: Any, default: float) -> float:
    found = setting(state, name, scope, raw, default)
    if isinstance(found, bool) or not isinstance(found, int | float) or found < 0:
        text = f"The value for the field '{name}' must be a number of 0 or more, not {found!r}"
        raise Fault("States.QueryEvaluationError", text) if scope.jsonata else Bad(text)
    return found


def entering(state: Mapping[str, Any], scope: Scope, raw: Any, *, whole: bool = False) -> Any:
    """What the state works on: InputPath and Parameters, or Arguments. `whole` leaves the
    template out: a Map applies its own to each item."""
    if scope.jsonata:
        return jsonata(state["Arguments"], scope, raw) if "Arguments" in state else raw
    path = state.get("InputPath", "$")
    data = {} if path is None else select(path, scope, raw, "InputPath")
    if whole or "Parameters" not in state:
        return data
    return fill(state["Parameters"], scope, data)


def leaving(state: Mapping[str, Any], scope: Scope, raw: Any, result: Any) -> Any:
    """What the next state gets; variables are assigned from the result."""
    if scope.jsonata:
        assign(state, scope, raw, result=result)
        return jsonata(state["Output"], scope, raw, result=result) if "Output" in state else result
    assign(state, scope, result)
    if "ResultSelector" in state:
        result = fill(state["ResultSelector"], scope, result)
    output = placed(state.get("ResultPath", "$"), raw, result)
    return outgoing(state, scope, output)


def outgoing(state: Mapping[str, Any], scope: Scope, data: Any) -> Any:
    path = state.get("OutputPath", "$")
    return {} if path is None else select(path, scope, data, "OutputPath")


def placed(path: str | None, raw: Any, result: Any) -> Any:
    if path is None:
        return raw
    try:
        return paths.put(path, raw, result)
    except (LookupError, ValueError) as error:
        cause = f"Unable to apply ReferencePath {path} to input {json.dumps(raw)}"
        raise Fault("States.ResultPathMatchFailure", cause) from error


def assign(state: Mapping[str, Any], scope: Scope, data: Any, **more: Any) -> None:
    """All values are found before any is set: they see the variables as they were."""
    wanted = state.get("Assign")
    if not wanted:
        return
    if scope.jsonata:
        scope.variables.update(jsonata(wanted, scope, data, **more))
    else:
        scope.variables.update(fill(wanted, scope, data))


def text(data: Any, scope: Scope) -> str:
    """JSON, within the limit that AWS has for what passes between states."""
    written = json.dumps(data)
    if len(written.encode()) > _MOST:
        raise Fault(
            "States.DataLimitExceeded",
            f"The state/task '{scope.name}' returned a result with a size exceeding the maximum "
            "number of bytes service limit.",
        )
    return written
