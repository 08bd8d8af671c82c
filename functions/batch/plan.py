"""A job: which files in which version, answered by which model, cut into which parts."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

from polars.exceptions import PolarsError

from functions.batch import lines, rows
from functions.batch.errors import FileRefused, NoInput, NoModel
from functions.batch.store import BLOCK, File, Store
from functions.shared import csv_text
from functions.shared.s3 import to_json
from functions.shared.usecase import Deployed
from penstock import artifact, layout
from penstock.errors import PenstockError

MOST_PARQUET = 200_000_000  # bytes: a function's own disk holds it twice
_WORKERS = 10
Facts = dict[str, Any]


def plan(
    request: Mapping[str, Any],
    usecase: Deployed,
    store: Store,
    now: datetime,
    *,
    rows_per_part: int,
    output: str,
    native: bool,
) -> Facts:
    """What the next states need to know. `request` is S3's event, or {"input": s3://...}, which is
    an object or a prefix that ends in "/".

    The same files, model and settings are the same job: what it has done is not done again.
    """
    files = _files(request, usecase.name, store)
    if not files:
        return {"action": "nothing"}
    champion = store.champion()
    if champion is None:
        raise NoModel(
            "no model has been released yet",
            where=f"champion#{usecase.name} in the table",
            expected="a release before the first job",
        )
    job: Facts = {
        "version": champion["version"],
        "model_package": champion["model_package_arn"],
        "dataset_version": champion["dataset_version"],
        "output": output,
    }
    if native:
        job["artifact"] = {name: champion[name] for name in artifact.NAMED}
    identity = [[f.key, f.version_id, f.size] for f in files], job, rows_per_part
    job["id"] = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:16]
    key = layout.batch_job_key(usecase.name, job["id"], "plan.json")
    if known := store.read_json(key):
        return known
    parts, refused = _cut(files, usecase, store, rows_per_part)
    manifest = layout.batch_job_key(usecase.name, job["id"], "manifest.json")
    store.write(manifest, json.dumps(parts).encode())
    if refused:
        store.write(
            layout.batch_failed_key(usecase.name, job["id"], "files.json"), to_json(refused)
        )
    made = {
        "action": "score" if parts else "finish",
        "job": job | {"day": f"{now:%Y%m%d}"},
        "manifest": manifest,
        "results": layout.batch_job_key(usecase.name, job["id"], "results"),
        "files": len(files),
        "refused_files": len(refused),
        "parts": len(parts),
        "rows": sum(part["rows"] for part in parts),
    }
    # of two that plan at the same moment, both go by the first: ids have its day in front
    return store.write_first(key, made)


def _files(request: Mapping[str, Any], usecase: str, store: Store) -> list[File]:
    """In the order of their keys. Empty for a "folder" that somebody made in the console."""
    if "detail" in request:
        item = request["detail"]["object"]
        folder = item["key"].endswith("/")
        return [] if folder else [store.file(item["key"], item.get("version-id", ""))]
    bucket, key = layout.split_uri(str(request.get("input", "")))
    allowed = tuple(layout.batch_prefix(usecase, kind) for kind in ("in", "sent"))
    if bucket != store.bucket or not key.startswith(allowed):
        raise NoInput(
            f"input {request.get('input')!r}",
            where="the execution's input",
            expected=f"s3://{store.bucket}/ and a key under {' or '.join(allowed)}",
        )
    keys = store.keys(key) if key.endswith("/") else [key]
    if not keys:
        raise NoInput("nothing there", where=store.uri(key), expected="an object or more")
    with ThreadPoolExecutor(_WORKERS) as pool:
        return list(pool.map(lambda name: store.file(name, ""), keys))


def _cut(
    files: list[File], usecase: Deployed, store: Store, most: int
) -> tuple[list[Facts], list[Facts]]:
    """The parts of all files, numbered in their order; and the files that are none, with why."""
    parts: list[Facts] = []
    refused: list[Facts] = []
    for file in files:
        try:
            found = list(_parts(file, usecase, store, most))
        except PenstockError as error:
            refused.append({"file": file.key, "why": error.what, "expected": error.expected})
            continue
        named = {"key": file.key, "version_id": file.version_id, "size": file.size}
        first = 0
        for part in found:
            parts.append({"part": len(parts), "first": first, **named, **part})
            first += part["rows"]
    return parts, refused


def _parts(file: File, usecase: Deployed, store: Store, most: int) -> Iterator[Facts]:
    where = store.uri(file.key)
    match file.format:
        case "parquet":
            count, names = _footer(file, store)
            _check(names, usecase, where)
            for first in range(0, count, most):
                yield {"rows": min(most, count - first)}
        case "csv":
            beginning = store.span(file, 0, min(BLOCK, file.size))
            names = csv_text.header(beginning, where=where)
            _check(names, usecase, where)
            start = len(beginning.split(b"\n", 1)[0]) + 1
            blocks = store.blocks(file, start)
            for cut in lines.cuts(blocks, most, quoted=True, start=start):
                span = {"start": cut.start, "end": cut.end}
                yield {"rows": cut.rows, "columns": names, **span}
        case "jsonl" | "ndjson":
            for cut in lines.cuts(store.blocks(file), most, quoted=False):
                yield {"rows": cut.rows, "start": cut.start, "end": cut.end}
        case other:
            raise FileRefused(
                f"a file of the kind {other!r}", where=where, expected=".parquet, .csv or .jsonl"
            )


def _footer(file: File, store: Store) -> tuple[int, list[str]]:
    where = store.uri(file.key)
    if file.size > MOST_PARQUET:
        raise FileRefused(
            f"{file.size / 1e6:.0f} MB of Parquet",
            where=where,
            expected=f"files of at most {MOST_PARQUET / 1e6:.0f} MB: write several",
        )
    tail = store.span(file, max(file.size - 8, 0), file.size)
    length = int.from_bytes(tail[:4], "little") + 8
    try:
        if length > file.size:
            raise PolarsError("the footer is longer than the file")
        return rows.footer(store.span(file, file.size - length, file.size))
    except PolarsError as error:
        said = str(error).splitlines()[0]
        raise FileRefused(said, where=where, expected="a Parquet file") from None


def _check(names: list[str], usecase: Deployed, where: str) -> None:
    """Target and event time may come along, as in a file to learn from; they are not read."""
    contract = usecase.contract
    needed = [c.name for c in contract.columns if not c.nullable]
    known = {contract.row_id, contract.target.column, *(c.name for c in contract.columns)}
    known |= {usecase.event_time} if usecase.event_time else set()
    wrong = [
        f"{what} {found}"
        for what, found in (
            ("missing", [name for name in needed if name not in names]),
            ("unknown", sorted(set(names) - known)),
            ("twice", sorted({name for name in names if names.count(name) > 1})),
        )
        if found
    ]
    if wrong:
        raise FileRefused(
            "columns " + ", ".join(wrong), where=where, expected=f"columns of {usecase.name}"
        )
