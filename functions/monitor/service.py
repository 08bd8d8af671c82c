"""The course of one look: what came in, how far it moved, whether to train again."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from functions.monitor import reconcile, report, scan
from functions.monitor.store import Store
from functions.shared.usecase import Deployed


def measure(usecase: Deployed, store: Store, environment: str, now: datetime) -> dict[str, Any]:
    """Compare the window's records with the champion's baseline and write the report.

    `psi_max` is None, and no report is written, where there is no champion or too little to go by:
    the drift of a handful of rows is noise.
    """
    champion = store.champion()
    if champion is None:
        return {"psi_max": None, "rows": 0, "note": "no champion yet"}
    entries = scan.entries(store.baseline(champion["baseline_uri"]))
    since = now - timedelta(hours=usecase.window_hours)
    with tempfile.TemporaryDirectory() as scratch:
        files = store.download(since, Path(scratch))
        rows, shares = 0, dict[str, list[float]]()
        if files:
            seen = scan.records(files, entries, champion["model_package_arn"], since, now)
            rows, shares = scan.count(seen, entries)
    if rows < usecase.min_rows:
        note = f"{rows} rows of the champion, {usecase.min_rows} are needed (monitoring.min_rows)"
        return {"psi_max": None, "rows": rows, "note": note}
    columns = report.compare(entries, shares)
    worst, facts = next(iter(columns.items()))
    found = {
        "usecase": usecase.name,
        "environment": environment,
        "at": now.isoformat(timespec="seconds"),
        "window": {"from": since.isoformat(), "to": now.isoformat(), "hours": usecase.window_hours},
        "rows": rows,
        "champion": {
            name: champion.get(name)
            for name in ("version", "model_package_arn", "dataset_version", "training_job")
        },
        "psi_max": facts["psi"],
        "psi_max_column": worst,
        "columns": columns,
    }
    uri = store.write(found, now)
    summary = {k: found[k] for k in ("psi_max", "psi_max_column", "rows")}
    return {**summary, "note": "measured", "report_uri": uri}


def retrain(
    usecase: Deployed, store: Store, now: datetime, psi_max: float | None
) -> dict[str, Any]:
    """Start the training that a drift alarm asks for, if nobody did."""
    situation = reconcile.Situation(
        alarm_state=store.alarm_state(),
        drifts=psi_max is not None and psi_max > usecase.psi_alarm,
        wanted="drift" in usecase.retraining_on,
        cool_down_hours=usecase.cool_down_hours,
        last_training=store.last_training(),
        is_training=store.is_training(),
    )
    start, why = reconcile.decide(now, situation)
    return {"started": store.start_training() if start else None, "why": why}
