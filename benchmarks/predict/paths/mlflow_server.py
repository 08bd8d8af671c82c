"""`mlflow models serve`, one worker, in the environment that it is started in."""

import os
import sys
from pathlib import Path
from typing import Any

import http_service


def load(folder: Any, rows: list[dict[str, Any]]) -> Any:
    def command(port: int) -> list[str]:
        return [
            sys.executable, "-m", "mlflow", "models", "serve", "-m", str(folder / "mlflow"),
            "--env-manager", "local", "--port", str(port), "--workers", "1",
        ]  # fmt: skip

    if not (folder / "mlflow").exists():
        from mlflow_pyfunc import save

        save(folder, rows)
    names = list(rows[0])
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return http_service.asked(
        command,
        rows,
        "/invocations",
        lambda some: {
            "dataframe_split": {"columns": names, "data": [list(row.values()) for row in some]}
        },
        lambda said: said["predictions"][0][1],
        env=os.environ | {"PATH": path},
    )
