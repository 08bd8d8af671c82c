"""A lake in memory, for the tests of the labels: objects with tags, rows, and no AWS."""

import hashlib
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import deployed
import polars as pl
import pytest
from botocore.exceptions import ClientError

from functions.labels import service
from functions.labels.settings import Settings
from functions.labels.store import Store
from functions.shared import s3, table
from functions.shared.usecase import Labels
from penstock import layout
from penstock.contract import Column, Contract, TargetRule

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
CONTRACT = Contract(
    usecase="demo",
    row_id="loan_id",
    columns=(Column("amount", "float"), Column("plan", "category", values=("a", "b"))),
    target=TargetRule("outcome", "paid", "lost"),
    threshold=0.5,
)
USECASE = deployed.of(CONTRACT, labels=Labels(wait_days=2, back_days=30))


class Lake:
    """As much of S3 as the labels ask of it; `rival` is called before a write, once."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, datetime]] = {}
        self.now, self.rival = NOW, None

    def put_object(self, *, Bucket: str, Key: str, Body: bytes, **condition: str) -> None:
        if self.rival is not None and condition:
            rival, self.rival = self.rival, None
            rival()
        there = self.objects.get(Key)
        if ("IfNoneMatch" in condition and there) or (
            "IfMatch" in condition and (there is None or condition["IfMatch"] != tag(there[0]))
        ):  # fmt: skip
            raise ClientError({"Error": {"Code": "PreconditionFailed"}}, "PutObject")
        self.objects[Key] = (Body, self.now)

    def get_object(self, *, Bucket: str, Key: str, **_: Any) -> dict[str, Any]:
        body, at = self.objects[Key]
        return {"Body": io.BytesIO(body), "ETag": tag(body), "LastModified": at}

    def delete_object(self, *, Bucket: str, Key: str) -> None:
        self.objects.pop(Key, None)

    def list_objects_v2(self, *, Prefix: str, StartAfter: str = "", **_: Any) -> dict[str, Any]:
        keys = sorted(k for k in self.objects if k.startswith(Prefix) and k > StartAfter)
        return {"Contents": [{"Key": key} for key in keys]}

    def get_paginator(self, _: str) -> Any:
        lake = self

        class Pages:
            def paginate(self, **given: Any) -> list[dict[str, Any]]:
                return [lake.list_objects_v2(**given)]

        return Pages()


def tag(body: bytes) -> str:
    return hashlib.md5(body).hexdigest()


class World:
    """A use case with answers in its lake; labels come as files, as an event would bring them."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.lake = Lake()
        self.rows: dict[tuple[str, str], dict[str, str]] = {}
        self.events: list[dict[str, Any]] = []
        patch.setattr(s3, "client", lambda: self.lake)
        patch.setattr(table, "get", lambda _, pk, sk: self.rows.get((pk, sk)))
        patch.setattr(table, "replace", self._replace)
        patch.setattr(Store, "announce", lambda _, detail: self.events.append(detail))
        self.store = Store(Settings("dev", "lake", "table"), "demo")

    def _replace(self, _: str, row: dict[str, str], field: str, seen: str | None) -> bool:
        there = self.rows.get((row["pk"], row["sk"]))
        if (there[field] if there else None) != seen:
            return False
        self.rows[row["pk"], row["sk"]] = row
        return True

    def answers(self, records: list[dict[str, Any]]) -> None:
        """Records, filed by the hour of their time."""
        for record in records:
            at = datetime.fromisoformat(record["prediction_time"])
            made = io.BytesIO()
            pl.DataFrame([record]).write_parquet(made)
            key = f"{layout.predictions_hour('demo', at)}{record['prediction_id']}.parquet"
            self.lake.objects[key] = (made.getvalue(), at)

    def put(self, name: str, body: bytes | str) -> str:
        key = f"{layout.labels_prefix('demo')}{name}"
        self.lake.objects[key] = (body.encode() if isinstance(body, str) else body, self.lake.now)
        return key

    def come(self, name: str, body: bytes | str) -> dict[str, Any]:
        """A file comes, and is judged and joined; what its report says afterwards."""
        parked = service.park(self.put(name, body), "", USECASE, self.store)
        service.settle(USECASE, self.store, self.lake.now, parked.source)
        return self.store.report(parked.source) or {}

    def tick(self) -> dict[str, Any]:
        return service.settle(USECASE, self.store, self.lake.now)

    def labelled(self) -> dict[str, int]:
        """The outcome by prediction id."""
        return {row["prediction_id"]: row["outcome"] for row in self.labelled_rows()}

    def labelled_rows(self) -> list[dict[str, Any]]:
        keys = [k for k in self.lake.objects if k.startswith(layout.labelled_prefix("demo"))]
        frames = [pl.read_parquet(io.BytesIO(self.lake.objects[k][0])) for k in sorted(keys)]
        return [row for frame in frames for row in frame.iter_rows(named=True)]

    def total(self) -> int:
        return int(self.rows["labels#demo", "counters"]["joined_total"])

    def texts(self, prefix: str) -> str:
        found = [b.decode() for k, (b, _) in sorted(self.lake.objects.items()) if prefix in k]
        return "\n".join(found)


def answer(number: int, **own: Any) -> dict[str, Any]:
    """One record: an hour or more old, a new minute for each number."""
    at = NOW - timedelta(hours=2) - timedelta(minutes=number)
    own.setdefault("prediction_time", f"{at:%Y-%m-%dT%H:%M:%S.000}+00:00")
    day = own["prediction_time"][:10].replace("-", "")
    return {
        "prediction_id": f"{day}-{number:024x}",
        "model_package": "arn:package/1",
        "function_version": "4",
        "row_id": f"L{number}",
        "score": number / 100,
        "refused": False,
        "amount": float(number),
        "plan": "a",
        **own,
    }


def lines(rows: list[dict[str, Any]]) -> str:
    return "\n".join(json.dumps(row) for row in rows)
