"""A tick of the schedule becomes a report and a metric, or a word on why not."""

import html
import io
import json
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import functions_world as world
import polars as pl
import pytest
from moto import mock_aws

from functions.monitor import handler as monitor
from functions.shared import s3, usecase
from penstock import layout
from penstock.errors import PenstockError
from penstock.scorer import Scorer

ALARM, ATTENTION = "drift", "attention"
REQUESTS: dict[str, Any] = {
    "namespace": "AWS/Lambda",
    "name": "Invocations",
    "dimensions": {"FunctionName": "predict", "Resource": "predict:live"},
}
ROLE = "arn:aws:iam::123456789012:role/states"


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    with mock_aws():
        boto3.setup_default_session(region_name=world.REGION)
        made = boto3.client("stepfunctions").create_state_machine(
            name="Train",
            roleArn=ROLE,
            definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}),
        )
        arn = made["stateMachineArn"]
        world.build_aws(
            monkeypatch,
            world.write_usecase(tmp_path / "usecase"),
            DRIFT_ALARM=ALARM,
            ATTENTION_ALARM=ATTENTION,
            TRAIN_STATE_MACHINE=arn,
            REQUESTS_METRIC=json.dumps(REQUESTS),
            PREDICT_FUNCTION="",
            ENDPOINT_NAME="",
            EXPLAIN_FUNCTION="explain",
            ATHENA_WORKGROUP="look",
            PREDICTIONS_TABLE='"lake"."predictions"',
            TOPIC_ARN=_topic(),
        )
        for name in (ALARM, ATTENTION):  # moto has no composite alarms: their states are alike
            boto3.client("cloudwatch").put_metric_alarm(
                AlarmName=name,
                MetricName="drift_findings",
                Namespace="Penstock",
                Period=3600,
                EvaluationPeriods=1,
                Threshold=0,
                ComparisonOperator="GreaterThanThreshold",
            )
        yield arn
    boto3.DEFAULT_SESSION = None


def crown(tmp_path: Path) -> Scorer:
    """A champion with its baseline where evaluate puts it."""
    world.make_artifact(tmp_path / "model")
    key = layout.evaluation_key(world.NAME, "job-0", "baseline.json")
    body = (tmp_path / "model/baseline.json").read_bytes()
    boto3.client("s3").put_object(Bucket=world.ARTIFACTS, Key=key, Body=body)
    world.put_row(
        f"champion#{world.NAME}",
        "current",
        version="4",
        model_package_arn="arn:package/1",
        training_job="job-0",
        dataset_version="v1",
        baseline_uri=layout.uri(world.ARTIFACTS, key),
    )
    return Scorer(tmp_path / "model")


def predict(scorer: Scorer, n: int, *, shift: float = 0.0, ago_hours: float = 1) -> None:
    """Records in the lake, filed by the hour of their arrival."""
    at = datetime.now(UTC) - timedelta(hours=ago_hours)
    table = world.rows(n, start=9000, shift=shift)
    columns = world.columns(table)
    frame = pl.DataFrame(
        {
            "prediction_id": [f"{at.isoformat()}-{i}" for i in range(n)],
            "prediction_time": [at.isoformat(timespec="milliseconds")] * n,
            "model_package": ["arn:package/1"] * n,
            "refused": [False] * n,
            "reason": pl.Series([None] * n, dtype=pl.String),
            "score": scorer.score(columns),
            "amount": columns["amount"],
            "age": pl.Series(columns["age"]).fill_nan(None),
            "plan": pl.Series([v or None for v in columns["plan"]], dtype=pl.String),
            "active": columns["active"],
        }
    )
    put(frame, at, f"{n}-{shift}")


def put(frame: pl.DataFrame, at: datetime, name: str) -> None:
    body = io.BytesIO()
    frame.write_parquet(body)
    key = f"{layout.predictions_hour(world.NAME, at)}{name}.parquet"
    boto3.client("s3").put_object(Bucket=world.LAKE, Key=key, Body=body.getvalue())


def metrics(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]


def reports(suffix: str = "json") -> list[str]:
    """The reports by time, without the copies that can be linked to."""
    found = world.keys(world.LAKE, f"monitoring/{world.NAME}/2")
    return [key for key in found if key.endswith(suffix)]


def _topic() -> str:
    """A topic whose messages can be read."""
    topic = boto3.client("sns").create_topic(Name="alarms")["TopicArn"]
    queue = boto3.client("sqs").create_queue(QueueName="people")["QueueUrl"]
    boto3.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{world.REGION}:123456789012:people"
    )
    assert queue
    return str(topic)


def messages() -> list[str]:
    client = boto3.client("sqs")
    url = client.get_queue_url(QueueName="people")["QueueUrl"]
    found = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"])["Message"] for message in found]


def attention() -> tuple[str, str]:
    found = boto3.client("cloudwatch").describe_alarms(AlarmNames=[ATTENTION])["MetricAlarms"][0]
    return found["StateValue"], found["StateReason"]


def test_traffic_like_the_training_is_no_drift(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    predict(crown(tmp_path), 1000)
    out = monitor.handler({}, world.CONTEXT)["drift"]
    assert (out["rows"], out["findings"], out["drifted"], out["troubles"]) == (1000, 0, [], [])
    (emf,) = metrics(capsys)
    (block,) = emf["_aws"]["CloudWatchMetrics"]
    assert [set(d) for d in block["Dimensions"]] == [{"usecase", "environment"}]
    assert (emf["usecase"], emf["environment"]) == (world.NAME, "dev")
    assert emf["drift_findings"] == [0]
    assert attention()[0] != "ALARM"
    assert messages() == []


def test_shifted_traffic_is_drift_and_the_report_says_where(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    predict(crown(tmp_path), 1000, shift=1.5)
    out = monitor.handler({}, world.CONTEXT)["drift"]
    assert {"amount", "score"} == set(out["drifted"])
    assert metrics(capsys)[0]["drift_findings"] == [2]
    (key,) = reports()
    found = world.read_json(world.LAKE, key)
    assert out["report_uri"] == f"s3://{world.LAKE}/{key}"
    assert list(found["columns"])[:2] == found["drifted"] == out["drifted"]
    amount, plan = found["columns"]["amount"], found["columns"]["plan"]
    assert amount["drifted"]
    assert amount["psi"] > 0.25
    assert amount["shift"] > amount["threshold"]
    assert amount["since"] == found["at"]
    assert not plan["drifted"]
    assert found["champion"]["version"] == "4"
    assert found["rows"] == 1000


def test_a_report_is_a_page_too_and_its_numbers_are_a_table(tmp_path: Path) -> None:
    predict(crown(tmp_path), 1000, shift=1.5)
    monitor.handler({}, world.CONTEXT)
    (key,) = reports()
    report = world.read_json(world.LAKE, key)
    latest = f"monitoring/{world.NAME}/latest"
    assert world.read_json(world.LAKE, f"{latest}.json") == report
    page = world.read(world.LAKE, reports("html")[0])
    assert page == world.read(world.LAKE, f"{latest}.html")
    kind = boto3.client("s3").head_object(Bucket=world.LAKE, Key=f"{latest}.html")["ContentType"]
    assert kind.startswith("text/html")
    table = pl.read_parquet(world.read(world.LAKE, reports("parquet")[0]))
    sums = table.group_by("column").agg(pl.col("window_rows").sum(), pl.col("drifted").any())
    assert dict(sums.select("column", "drifted").iter_rows()) == {
        "amount": True, "score": True, "age": False, "plan": False, "active": False,
        "refused": False,
    }  # fmt: skip
    assert set(sums["window_rows"]) == {1000}


def test_people_are_told_what_drifted_how_much_and_since_when_and_told_once(
    tmp_path: Path,
) -> None:
    """The alarm's own reason carries it: that is what its message shows."""
    predict(crown(tmp_path), 1000, shift=1.5)
    monitor.handler({}, world.CONTEXT)
    state, reason = attention()
    first = world.read_json(world.LAKE, reports()[0])
    assert state == "ALARM"
    assert "loans (dev): 2 inputs or outputs have drifted" in reason
    assert f"amount: {first['columns']['amount']['why']}; since {first['at']}" in reason
    assert f"Report: s3://{world.LAKE}/{reports('html')[0]}" in reason
    assert len(reason) < 1023
    assert messages() == []
    monitor.handler({}, world.CONTEXT)
    again = world.read_json(world.LAKE, f"monitoring/{world.NAME}/latest.json")
    assert again["columns"]["amount"]["since"] == first["at"]
    assert [point["drifted"] for point in again["history"]] == [2, 2]
    assert messages() == []


def test_a_drift_while_the_alarm_is_on_for_something_else_is_told_all_the_same(
    tmp_path: Path,
) -> None:
    """CloudWatch sends nothing for an alarm that is on already."""
    predict(crown(tmp_path), 1000, shift=1.5)
    boto3.client("cloudwatch").set_alarm_state(
        AlarmName=ATTENTION, StateValue="ALARM", StateReason="a training failed"
    )
    monitor.handler({}, world.CONTEXT)
    (message,) = messages()
    assert "amount: " in message


@pytest.mark.parametrize("n", [0, 1, 49])
def test_too_few_rows_give_no_metric_and_say_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], n: int
) -> None:
    """An idle use case must not pay for an hourly metric."""
    scorer = crown(tmp_path)
    if n:
        predict(scorer, n, shift=5)
    out = monitor.handler({}, world.CONTEXT)["drift"]
    assert out["findings"] is None
    assert out["note"] == f"{n} rows of the champion, 50 are needed (monitoring.min_rows)"
    assert metrics(capsys) == []
    assert reports() == []


def invoked(n: int, hours_ago: float) -> None:
    """What Lambda counts of the live alias."""
    dimensions = REQUESTS["dimensions"]
    boto3.client("cloudwatch").put_metric_data(
        Namespace="AWS/Lambda",
        MetricData=[
            {
                "MetricName": "Invocations",
                "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()],
                "Timestamp": datetime.now(UTC) - timedelta(hours=hours_ago),
                "Value": n,
            }
        ],
    )


def test_traffic_without_records_is_an_error(tmp_path: Path) -> None:
    """A log that does not reach the lake must not look like a quiet day."""
    crown(tmp_path)
    invoked(500, hours_ago=3)
    with pytest.raises(PenstockError, match="500 requests and no prediction record"):
        monitor.handler({}, world.CONTEXT)


def test_requests_whose_records_may_still_be_on_their_way_are_no_error(tmp_path: Path) -> None:
    crown(tmp_path)
    invoked(500, hours_ago=0.2)
    monitor.handler({}, world.CONTEXT)


@pytest.mark.parametrize(("hours_ago", "quiet"), [(30, True), (2, False)])
def test_a_use_case_that_expects_traffic_is_told_of_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hours_ago: float, quiet: bool
) -> None:
    watched = world.RAW["monitoring"] | {"quiet_hours": 12}
    monkeypatch.setattr(usecase, "FOLDER", world.write_usecase(tmp_path / "u", monitoring=watched))
    crown(tmp_path)
    invoked(10, hours_ago=hours_ago)
    expected = pytest.raises(PenstockError, match="no request in 12 hours")
    with expected if quiet else nullcontext():
        monitor.handler({}, world.CONTEXT)


def test_requests_that_are_all_refused_are_a_finding(tmp_path: Path) -> None:
    crown(tmp_path)
    at = datetime.now(UTC) - timedelta(hours=1)
    frame = pl.DataFrame(
        {
            "prediction_id": [str(i) for i in range(200)],
            "prediction_time": [at.isoformat(timespec="milliseconds")] * 200,
            "model_package": ["arn:package/1"] * 200,
            "refused": [True] * 200,
            "reason": ["age: expected a whole number (1 in all)"] * 200,
        }
    )
    put(frame, at, "refused")
    out = monitor.handler({}, world.CONTEXT)["drift"]
    assert out["drifted"] == ["refused"]
    report = world.read_json(world.LAKE, reports()[0])
    assert report["refused"]["reasons"] == {"age: expected a whole number (1 in all)": 200}
    assert "age: expected a whole number" in world.read(world.LAKE, reports("html")[0]).decode()


def test_before_the_first_release_there_is_nothing_to_compare_with(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert monitor.handler({}, world.CONTEXT)["drift"]["note"] == "no champion yet"
    assert metrics(capsys) == []


def test_only_partitions_of_the_window_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older files are not even fetched; a late one within a day of the window is."""
    scorer = crown(tmp_path)
    predict(scorer, 100)
    predict(scorer, 60, ago_hours=24 * 2 + 2)
    (key,) = [k for k in world.keys(world.LAKE, "predictions/") if "/100-" in k]
    hour = datetime.now(UTC) - timedelta(hours=30)
    late = f"{layout.predictions_hour(world.NAME, hour)}late.parquet"
    body = world.read(world.LAKE, key)
    boto3.client("s3").put_object(Bucket=world.LAKE, Key=late, Body=body)
    fetched, honest = [], s3.read

    def read(bucket: str, key: str, version_id: str | None = None) -> bytes:
        fetched.append(key)
        return honest(bucket, key, version_id)

    monkeypatch.setattr(s3, "read", read)
    assert monitor.handler({}, world.CONTEXT)["drift"]["rows"] == 100
    assert late in fetched
    assert not any("/60-" in key for key in fetched)


def test_a_baseline_that_is_gone_is_an_error(tmp_path: Path) -> None:
    crown(tmp_path)
    key = layout.evaluation_key(world.NAME, "job-0", "baseline.json")
    boto3.client("s3").delete_object(Bucket=world.ARTIFACTS, Key=key)
    with pytest.raises(PenstockError, match="no baseline"):
        monitor.handler({}, world.CONTEXT)


def alarm(state: str) -> None:
    boto3.client("cloudwatch").set_alarm_state(
        AlarmName=ALARM, StateValue=state, StateReason="test"
    )


def executions(machine: str) -> list[dict[str, Any]]:
    client = boto3.client("stepfunctions")
    found = client.list_executions(stateMachineArn=machine)["executions"]
    return [client.describe_execution(executionArn=e["executionArn"]) for e in found]


def trained(hours_ago: float) -> None:
    started = (datetime.now(UTC) - timedelta(hours=hours_ago)).isoformat()
    world.put_row(f"training#{world.NAME}", "last-retraining", started_at=started, execution="e")


def test_an_alarm_that_is_on_starts_the_training_that_was_forgotten(
    machine: str, tmp_path: Path
) -> None:
    predict(crown(tmp_path), 1000, shift=1.5)
    alarm("ALARM")
    trained(7)
    out = monitor.handler({}, world.CONTEXT)["retraining"]
    (started,) = executions(machine)
    assert out["started"] == started["executionArn"]
    assert json.loads(started["input"]) == {"trigger": "drift"}


@pytest.mark.parametrize(
    ("state", "hours_ago", "shift", "why"),
    [
        ("ALARM", 5, 1.5, "cooling down"),
        ("OK", 7, 1.5, "the drift alarm is OK"),
        ("ALARM", 7, 0.0, "does not confirm it"),
    ],
)
def test_a_cool_down_a_quiet_alarm_or_a_stale_one_starts_nothing(
    machine: str, tmp_path: Path, state: str, hours_ago: float, shift: float, why: str
) -> None:
    predict(crown(tmp_path), 1000, shift=shift)
    alarm(state)
    trained(hours_ago)
    out = monitor.handler({}, world.CONTEXT)["retraining"]
    assert out["started"] is None
    assert why in out["why"]
    assert executions(machine) == []


def test_a_new_champion_is_not_retrained_for_its_predecessors_drift(
    machine: str, tmp_path: Path
) -> None:
    """The alarm keeps its state while the new one has answered too little to be measured."""
    crown(tmp_path)
    alarm("ALARM")
    out = monitor.handler({}, world.CONTEXT)["retraining"]
    assert "does not confirm it" in out["why"]
    assert executions(machine) == []


def test_a_training_that_is_running_is_not_joined_by_another(machine: str, tmp_path: Path) -> None:
    predict(crown(tmp_path), 1000, shift=1.5)
    alarm("ALARM")
    boto3.client("stepfunctions").start_execution(stateMachineArn=machine, input="{}")
    out = monitor.handler({}, world.CONTEXT)["retraining"]
    assert out["why"] == "a training is running"
    assert len(executions(machine)) == 1


def hold(state: str, **more: str) -> None:
    since = "2026-11-20T12:00:00+00:00"
    fields = {"state": state, "since": since, "why": "2 in a row released nothing better", **more}
    world.put_row(f"training#{world.NAME}", "loop", **fields)


def test_a_loop_that_has_paused_starts_nothing_and_people_are_told_once(
    machine: str, tmp_path: Path
) -> None:
    predict(crown(tmp_path), 1000, shift=1.5)
    alarm("ALARM")
    hold("paused", job="loans-x")
    out = monitor.handler({}, world.CONTEXT)["retraining"]
    assert (out["started"], executions(machine)) == (None, [])
    assert out["why"].startswith("paused since 2026-11-20 12:00 UTC: 2 in a row")
    (told,) = [text for text in messages() if "retraining is" in text]
    assert told.splitlines() == [
        "loans (dev): retraining is paused",
        "It is paused since 2026-11-20 12:00 UTC: 2 in a row released nothing better.",
        "Version 4 (model package 1) answers meanwhile.",
        "What to do: put newer data under raw/loans/ of the lake, or `penstock retrain loans`.",
    ]
    (report,) = reports()
    assert world.read_json(world.LAKE, report)["retraining"] == out["why"]
    page = world.read(world.LAKE, reports("html")[0]).decode()
    assert "released nothing better" in page
    before = len(messages())
    monitor.handler({}, world.CONTEXT)
    assert messages()[before:] == []


def test_what_ended_or_never_was_is_told_nobody(tmp_path: Path) -> None:
    """A cap of a month that is over; a loop that a person opened."""
    predict(crown(tmp_path), 1000)
    for state, more in (("capped", {"until": "2026-11-01T00:00:00+00:00"}), ("open", {})):
        hold(state, **more)
        monitor.handler({}, world.CONTEXT)
        assert messages() == []
        assert attention()[0] != "ALARM"


@pytest.mark.parametrize(("joined", "starts"), [(149, False), (150, True)])
def test_enough_new_labels_start_a_training(
    machine: str, tmp_path: Path, joined: int, starts: bool
) -> None:
    """Since the newest training, which had 50 of them."""
    rules = {"on": ["labels"], "labels": 100}
    world.write_usecase(tmp_path / "usecase", retraining=rules, labels={})
    predict(crown(tmp_path), 100)
    world.put_row(
        f"training#{world.NAME}", "last-training",
        started_at="2026-11-20T12:00:00+00:00", execution="e", labels="50",
    )  # fmt: skip
    world.put_row(f"labels#{world.NAME}", "counters", joined_total=str(joined), days="{}")
    out = monitor.handler({}, world.CONTEXT)["retraining"]
    inputs = [json.loads(each["input"]) for each in executions(machine)]
    assert inputs == ([{"trigger": "labels"}] if starts else [])
    assert f"{joined - 50} new labels, 100 are asked for" in out["why"]


@pytest.mark.parametrize(
    ("verdict", "outcome"),
    [
        (None, "no model was judged"),
        (
            {"passed": False, "approval": "Rejected", "note": "no better than the champion on x"},
            "rejected: no better than the champion on x",
        ),
        (
            {"passed": True, "approval": "PendingManualApproval", "note": "cannot be told"},
            "waits for a person's approval: cannot be told",
        ),
    ],
)
def test_the_report_and_its_page_say_what_the_newest_training_came_to(
    tmp_path: Path, verdict: dict[str, Any] | None, outcome: str
) -> None:
    predict(crown(tmp_path), 1000)
    started = {"last-training": "2026-11-18T12:00:00", "last-retraining": "2026-11-19T12:00:00"}
    for kind, at in started.items():
        world.put_row(
            f"training#{world.NAME}", kind, started_at=f"{at}+00:00", execution="e",
            job=f"loans-{kind}", trigger="drift", reason=f"drift: amount since {at[:10]}",
        )  # fmt: skip
    if verdict:
        key = layout.evaluation_key(world.NAME, "loans-last-retraining-0", "gates.json")
        body = json.dumps(verdict).encode()
        boto3.client("s3").put_object(Bucket=world.ARTIFACTS, Key=key, Body=body)
    monitor.handler({}, world.CONTEXT)
    said = world.read_json(world.LAKE, reports()[0])["training"]
    assert said == {
        "at": "2026-11-19T12:00:00+00:00",
        "trigger": "drift",
        "reason": "drift: amount since 2026-11-19",
        "outcome": outcome,
    }
    page = html.unescape(world.read(world.LAKE, reports("html")[0]).decode())
    assert "The newest training" in page
    assert said["reason"] in page
    assert outcome in page


def test_a_training_whose_model_answers_is_called_released(tmp_path: Path) -> None:
    predict(crown(tmp_path), 1000)
    world.put_row(
        f"training#{world.NAME}", "last-training", started_at="2026-11-19T12:00:00+00:00",
        execution="e", job="job", trigger="dataset", reason="dataset v1",
    )  # fmt: skip
    monitor.handler({}, world.CONTEXT)
    said = world.read_json(world.LAKE, reports()[0])["training"]
    assert said["outcome"] == "released: its model answers"
