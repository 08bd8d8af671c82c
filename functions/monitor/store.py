"""What monitor reads from and writes to AWS."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from functions.shared import s3, table
from penstock import layout
from penstock.errors import PenstockError

# Records are filed by arrival: clocks differ, and a buffer may have been full.
MARGIN = timedelta(days=1)
_WORKERS = 10  # boto3's own connection pool


@cache
def _client(service: str) -> Any:
    import boto3

    return boto3.client(service)


@dataclass(frozen=True)
class Store:
    """The records of one use case, its champion, its drift alarm and its trainings."""

    bucket: str
    table_name: str
    usecase: str
    drift_alarm: str
    train_state_machine: str

    def champion(self) -> dict[str, Any] | None:
        return table.champion(self.table_name, self.usecase)

    def baseline(self, uri: str) -> dict[str, Any]:
        found = s3.read_json(*layout.split_uri(uri))
        if found is None:
            raise PenstockError("no baseline", where=uri, expected="what evaluate wrote there")
        return found

    def download(self, since: datetime, folder: Path) -> list[Path]:
        """Every file that may hold a record since then, in the order of arrival."""

        def fetch(numbered: tuple[int, str]) -> Path:
            path = folder / f"{numbered[0]:06}.parquet"
            path.write_bytes(s3.read(self.bucket, numbered[1]))
            return path

        with ThreadPoolExecutor(_WORKERS) as pool:
            return list(pool.map(fetch, enumerate(self._keys(since - MARGIN))))

    def _keys(self, since: datetime) -> Iterator[str]:
        """The prefixes are hours, so their order is the order of arrival."""
        pages = (
            s3.client()
            .get_paginator("list_objects_v2")
            .paginate(
                Bucket=self.bucket,
                Prefix=layout.predictions_prefix(self.usecase),
                StartAfter=layout.predictions_hour(self.usecase, since),
            )
        )
        for page in pages:
            for item in page.get("Contents", []):
                if item["Key"].endswith(".parquet"):
                    yield item["Key"]

    def write(self, report: dict[str, Any], at: datetime) -> str:
        key = layout.monitoring_key(self.usecase, at, "json")
        return s3.write_json(self.bucket, key, report)

    def alarm_state(self) -> str:
        found = _client("cloudwatch").describe_alarms(AlarmNames=[self.drift_alarm])
        return str(found["MetricAlarms"][0]["StateValue"]) if found["MetricAlarms"] else "missing"

    def last_training(self) -> datetime | None:
        row = table.last_training(self.table_name, self.usecase)
        return datetime.fromisoformat(row["started_at"]) if row else None

    def is_training(self) -> bool:
        running = _client("stepfunctions").list_executions(
            stateMachineArn=self.train_state_machine, statusFilter="RUNNING", maxResults=1
        )
        return bool(running["executions"])

    def start_training(self) -> str:
        started = _client("stepfunctions").start_execution(
            stateMachineArn=self.train_state_machine, input=json.dumps({"trigger": "drift"})
        )
        return str(started["executionArn"])
