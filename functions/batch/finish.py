"""The end of a job: as many rows out as came in, or no success; and a report of it."""

import json
from collections import Counter
from datetime import datetime
from typing import Any

from functions.batch.errors import FilesRefused, Incomplete
from functions.batch.store import Store
from functions.shared.s3 import to_json
from penstock import layout

Facts = dict[str, Any]


def finish(plan: Facts, results: Facts | None, started: str, store: Store, now: datetime) -> Facts:
    """Write report.json beside the answers, and _SUCCESS if nothing is missing; the report.

    `results`: where the map run put what each part came to. Raises Incomplete, FilesRefused.
    """
    job, name = plan["job"], store.usecase
    done = {part["part"]: part for part in _parts(results, store)}
    rows = sum(part["rows"] for part in done.values())
    labels: Counter[str] = Counter()
    for part in done.values():
        labels.update(part["labels"])
    seconds = (now - datetime.fromisoformat(started)).total_seconds()
    prefix = layout.batch_out_prefix(name, job["id"])
    report = {
        "usecase": name,
        "job": job["id"],
        "model": {k: job[k] for k in ("version", "model_package", "dataset_version")},
        "runtime": "native" if "artifact" in job else "graph",
        "files": plan["files"],
        "refused_files": plan["refused_files"],
        "parts": len(done),
        "rows_in": plan["rows"],
        "rows_out": rows,
        "scored": sum(part["scored"] for part in done.values()),
        "refused": sum(part["refused"] for part in done.values()),
        "labels": dict(labels),
        "seconds": round(seconds, 3),
        "seconds_of_parts": round(sum(part["seconds"] for part in done.values()), 3),
        "output_uri": store.uri(prefix),
        "failed_uri": store.uri(layout.batch_failed_key(name, job["id"], "")),
    }
    store.write(f"{prefix}report.json", to_json(report))
    if (len(done), rows) != (plan["parts"], plan["rows"]):
        raise Incomplete(
            f"{rows} rows of {len(done)} parts came out",
            where=store.uri(prefix),
            expected=f"{plan['rows']} rows of {plan['parts']} parts: start the job again",
        )
    if plan["refused_files"]:
        raise FilesRefused(
            f"{plan['refused_files']} of {plan['files']} files were refused; the others are scored",
            where=store.uri(layout.batch_failed_key(name, job["id"], "files.json")),
            expected="files that keep the contract",
        )
    store.write(f"{prefix}_SUCCESS", b"")
    return report


def _parts(results: Facts | None, store: Store) -> list[Facts]:
    """The outputs of the child executions, by the manifest that the map run wrote."""
    if results is None:
        return []
    manifest = store.read_json(results["Key"]) or {"ResultFiles": {}}
    found = manifest["ResultFiles"].get("SUCCEEDED", [])
    return [part for file in found for part in json.loads(store.read(file["Key"]))]
