"""What monitor reads from and writes to AWS."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from functions.monitor import details, page
from functions.monitor.settings import Settings
from functions.shared import s3, table
from penstock import layout
from penstock.errors import PenstockError
from penstock.events import ALIAS

# Records are filed by arrival: clocks differ, and a buffer may have been full.
MARGIN = timedelta(days=1)
_WORKERS = 10  # boto3's own connection pool
_ALARMS = ("MetricAlarms", "CompositeAlarms")


@cache
def _client(service: str) -> Any:
    import boto3

    return boto3.client(service)


@dataclass(frozen=True)
class Store:
    """The records of one use case, its champion, its reports, its alarms and its trainings."""

    settings: Settings
    usecase: str

    def champion(self) -> dict[str, Any] | None:
        return table.champion(self.settings.table_name, self.usecase)

    def baseline(self, uri: str) -> dict[str, Any]:
        found = s3.read_json(*layout.split_uri(uri))
        if found is None:
            raise PenstockError("no baseline", where=uri, expected="what evaluate wrote there")
        return found

    def download(self, since: datetime, folder: Path) -> list[Path]:
        """Every file that may hold a record since then, in the order of arrival."""

        def fetch(numbered: tuple[int, str]) -> Path:
            path = folder / f"{numbered[0]:06}.parquet"
            path.write_bytes(s3.read(self.settings.lake_bucket, numbered[1]))
            return path

        with ThreadPoolExecutor(_WORKERS) as pool:
            return list(pool.map(fetch, enumerate(self._keys(since - MARGIN))))

    def _keys(self, since: datetime) -> Iterator[str]:
        """The prefixes are hours, so their order is the order of arrival."""
        pages = (
            s3.client()
            .get_paginator("list_objects_v2")
            .paginate(
                Bucket=self.settings.lake_bucket,
                Prefix=layout.predictions_prefix(self.usecase),
                StartAfter=layout.predictions_hour(self.usecase, since),
            )
        )
        for found in pages:
            for item in found.get("Contents", []):
                if item["Key"].endswith(".parquet"):
                    yield item["Key"]

    def latest(self) -> dict[str, Any] | None:
        """The report of the look before."""
        key = layout.latest_monitoring_key(self.usecase, "json")
        return s3.read_json(self.settings.lake_bucket, key)

    def write(self, report: dict[str, Any], at: datetime) -> str:
        """The report, its page and its details; what is read first is written last."""
        made = {
            "parquet": (details.to_parquet(report), "application/vnd.apache.parquet"),
            "html": (page.render(report).encode(), "text/html; charset=utf-8"),
            "json": (json.dumps(report, indent=1).encode(), "application/json"),
        }
        for suffix, (body, kind) in made.items():
            self._put(layout.monitoring_key(self.usecase, at, suffix), body, kind)
        for suffix in ("html", "json"):
            self._put(layout.latest_monitoring_key(self.usecase, suffix), *made[suffix])
        key = layout.monitoring_key(self.usecase, at, "json")
        return layout.uri(self.settings.lake_bucket, key)

    def _put(self, key: str, body: bytes, kind: str) -> None:
        s3.client().put_object(
            Bucket=self.settings.lake_bucket, Key=key, Body=body, ContentType=kind
        )

    def alarm_state(self) -> str:
        return self._state(self.settings.drift_alarm)

    def _state(self, alarm: str) -> str:
        kinds = ["MetricAlarm", "CompositeAlarm"]
        found = _client("cloudwatch").describe_alarms(AlarmNames=[alarm], AlarmTypes=kinds)
        states = [a["StateValue"] for kind in _ALARMS for a in found.get(kind, [])]
        return str(states[0]) if states else "missing"

    def tell(self, subject: str, text: str) -> None:
        """Raise the use case's alarm with this reason, which its message then carries.

        An alarm that is on already tells nobody anything more: then the message goes out by itself.
        """
        was_on = self._state(self.settings.attention_alarm) == "ALARM"
        _client("cloudwatch").set_alarm_state(
            AlarmName=self.settings.attention_alarm, StateValue="ALARM", StateReason=text
        )
        if was_on:
            _client("sns").publish(TopicArn=self.settings.topic_arn, Subject=subject, Message=text)

    def requests(self, since: datetime, until: datetime) -> float:
        """How often `live` was invoked."""
        name = self.settings.predict_function
        dimensions = {"FunctionName": name, "Resource": f"{name}:{ALIAS}"}
        found = _client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName="Invocations",
            Dimensions=[{"Name": k, "Value": v} for k, v in dimensions.items()],
            StartTime=since,
            EndTime=until,
            Period=3600,
            Statistics=["Sum"],
        )
        return float(sum(point["Sum"] for point in found["Datapoints"]))

    def last_training(self) -> datetime | None:
        row = table.last_training(self.settings.table_name, self.usecase)
        return datetime.fromisoformat(row["started_at"]) if row else None

    def is_training(self) -> bool:
        running = _client("stepfunctions").list_executions(
            stateMachineArn=self.settings.train_state_machine, statusFilter="RUNNING", maxResults=1
        )
        return bool(running["executions"])

    def start_training(self) -> str:
        started = _client("stepfunctions").start_execution(
            stateMachineArn=self.settings.train_state_machine,
            input=json.dumps({"trigger": "drift"}),
        )
        return str(started["executionArn"])
