"""What monitor reads from and writes to AWS."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from functions.monitor import athena, details, page, training
from functions.monitor.settings import Settings
from functions.monitor.statement import answer
from functions.shared import lake, live, s3, table, telling
from functions.shared.telling import Message
from penstock import layout, loop
from penstock.artifact import NAMED
from penstock.errors import PenstockError
from penstock.events import ALIAS

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
        bucket = self.settings.lake_bucket
        return lake.download(bucket, lake.records(bucket, self.usecase, since), folder)

    def megabytes(self, since: datetime) -> float:
        """What `download` would fetch."""
        return lake.size(self.settings.lake_bucket, self.usecase, since) / 2**20

    def ask(self, sql: str) -> pl.DataFrame:
        """Athena's answer about the records, as rows of text."""
        statement = sql.replace(athena.TABLE, self.settings.predictions_table)
        return answer(_client("athena"), self.settings.athena_workgroup, statement)

    def explain(
        self, champion: Mapping[str, Any], instances: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """The champion's explanations; PenstockError where the explain function has none."""
        model = {name: champion[name] for name in NAMED}
        answered = _client("lambda").invoke(
            FunctionName=self.settings.explain_function,
            Payload=json.dumps({"model": model, "instances": instances, "scores": None}),
        )
        body = json.loads(answered["Payload"].read())
        if "FunctionError" in answered:
            raise PenstockError(
                f"not explained: {body.get('errorMessage', body)}"[:500],
                where=self.settings.explain_function,
                expected="an explanation of each row",
            )
        return list(body["explanations"])

    def astray(self) -> str | None:
        """What answers, if somebody moved it beside the release (`functions.shared.live`)."""
        # the lock first: whoever holds it moves the alias and the champion's row after it
        lock = self.lock()
        champion = self.champion()
        function, endpoint = self.settings.predict_function, self.settings.endpoint_name
        if champion is not None and endpoint:
            return live.endpoint_astray(_client("sagemaker"), endpoint, champion, lock)
        if champion is not None and function:
            return live.astray(_client("lambda"), function, ALIAS, champion, lock)
        return None

    def lock(self) -> dict[str, Any] | None:
        """Who holds what is live, while a release runs."""
        return table.get(self.settings.table_name, f"lock#{self.usecase}", "release")

    def measured(self, uri: str) -> dict[str, Any]:
        """What the champion was worth when it was evaluated."""
        return s3.read_json(*layout.split_uri(uri)) or {}

    def labelled(self, since: str, folder: Path) -> list[Path]:
        """The labelled answers of each day from that one (yyyy-mm-dd) on."""
        return lake.labelled(self.settings.lake_bucket, self.usecase, since, folder)

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
            telling.publish(self.settings.topic_arn, subject, text)

    def publish(self, message: Message) -> None:
        """Of what is no state that an alarm could be in."""
        telling.publish(self.settings.topic_arn, message.headline, message.text)

    def requests(self, since: datetime, until: datetime) -> float:
        """How often what is live was asked, by the service's own count."""
        metric = json.loads(self.settings.requests_metric)
        found = _client("cloudwatch").get_metric_statistics(
            Namespace=metric["namespace"],
            MetricName=metric["name"],
            Dimensions=[{"Name": k, "Value": v} for k, v in metric["dimensions"].items()],
            StartTime=since,
            EndTime=until,
            Period=3600,
            Statistics=["Sum"],
        )
        return float(sum(point["Sum"] for point in found["Datapoints"]))

    def last_training(self) -> datetime | None:
        row = table.last_training(self.settings.table_name, self.usecase)
        return datetime.fromisoformat(row["started_at"]) if row else None

    def newest_training(self) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        """Its row, and what evaluate wrote of it; None where there is none."""
        settings = self.settings
        return training.newest(settings.table_name, settings.artifacts_bucket, self.usecase)

    def new_labels(self) -> int:
        return table.new_labels(self.settings.table_name, self.usecase)[1]

    def loop(self) -> dict[str, str] | None:
        return table.get(self.settings.table_name, f"training#{self.usecase}", loop.LOOP)

    def held_back(self, now: datetime) -> str | None:
        """In words why nothing is trained that nobody asks for; None if it is."""
        return loop.held_back(self.loop(), self.champion(), now)

    def told(self) -> dict[str, Any] | None:
        """The row of the loop that people were told of last."""
        return s3.read_json(self.settings.lake_bucket, layout.loop_key(self.usecase))

    def remember(self, row: Mapping[str, str]) -> None:
        s3.write_json(self.settings.lake_bucket, layout.loop_key(self.usecase), dict(row))

    def is_training(self) -> bool:
        running = _client("stepfunctions").list_executions(
            stateMachineArn=self.settings.train_state_machine, statusFilter="RUNNING", maxResults=1
        )
        return bool(running["executions"])

    def start_training(self, trigger: str) -> str:
        started = _client("stepfunctions").start_execution(
            stateMachineArn=self.settings.train_state_machine,
            input=json.dumps({"trigger": trigger}),
        )
        return str(started["executionArn"])
