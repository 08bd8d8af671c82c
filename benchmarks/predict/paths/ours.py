"""The predict function as a release packages it, called as Lambda calls it.

Contract, features, model, label, id, answer and prediction record; `task/` is what
LAMBDA_TASK_ROOT holds.
"""

import os
import sys
from types import SimpleNamespace
from typing import Any

ARN = "arn:aws:lambda:us-east-1:000000000000:function:predict:live"


def load(folder: Any, rows: list[dict[str, Any]]) -> Any:
    os.environ["LAMBDA_TASK_ROOT"] = str(folder / "task")
    os.environ.update(line.split("=", 1) for line in (folder / "env").read_text().splitlines())
    sys.path.insert(0, str(folder / "task"))
    from functions.predict.handler import handler

    context = SimpleNamespace(invoked_function_arn=ARN, function_version="1")
    events = [{"instances": [row]} for row in rows[:500]]
    columns = {"columns": {name: [row[name] for row in rows] for name in rows[0]}}

    def one(i: int) -> float:
        return handler(events[i], context)["predictions"][0]["score"]  # type: ignore[no-any-return]

    return one, lambda: handler(columns, context)["predictions"]
