"""The stream function's AWS: what predict may say, what is written where, and its handler."""

import base64
import importlib
import io
import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import functions_world as world
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from moto import mock_aws

from functions.shared import s3
from functions.stream.ask import Answered, Unanswered
from functions.stream.records import Poison, Record, Row
from functions.stream.settings import Settings
from functions.stream.store import Store

OUTPUT = "answers"
ENVIRONMENT = {
    "USECASE": world.NAME,
    "ROW_ID": "loan_id",
    "PREDICT_FUNCTION": "predict",
    "PREDICT_TIMEOUT_SECONDS": "10",
    "OUTPUT_STREAM": OUTPUT,
    "LAKE_BUCKET": world.LAKE,
}


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", world.REGION)
    s3.client.cache_clear()
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket=world.LAKE)
        boto3.client("kinesis").create_stream(StreamName=OUTPUT, ShardCount=1)
        yield Store(Settings.from_env(ENVIRONMENT))
    s3.client.cache_clear()


def record(n: int, data: bytes = b"{}", key: str = "p") -> Record:
    return Record("shardId-000000000000", str(10**55 + n), key, 1.8e9, data)


def objects(prefix: str) -> dict[str, bytes]:
    client = boto3.client("s3")
    found = client.list_objects_v2(Bucket=world.LAKE, Prefix=prefix).get("Contents", [])
    return {
        o["Key"]: client.get_object(Bucket=world.LAKE, Key=o["Key"])["Body"].read() for o in found
    }


def written() -> list[dict[str, Any]]:
    client = boto3.client("kinesis")
    shard = client.list_shards(StreamName=OUTPUT)["Shards"][0]["ShardId"]
    start = client.get_shard_iterator(
        StreamName=OUTPUT, ShardId=shard, ShardIteratorType="TRIM_HORIZON"
    )
    return list(client.get_records(ShardIterator=start["ShardIterator"])["Records"])


def lambda_that(says: Any, failed: bool = False) -> Any:
    def invoke(**asked: Any) -> Any:
        assert (asked["FunctionName"], asked["Qualifier"]) == ("predict", "live")
        if isinstance(says, Exception):
            raise says
        more = {"FunctionError": "Unhandled"} if failed else {}
        return {"Payload": io.BytesIO(json.dumps(says).encode()), **more}

    return SimpleNamespace(invoke=invoke)


def client_error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "words"}}, "Invoke")


@pytest.mark.parametrize(
    "error",
    [
        client_error("TooManyRequestsException"),
        client_error("ServiceException"),
        ReadTimeoutError(endpoint_url="lambda"),
    ],
)
def test_throttles_faults_and_time_outs_are_no_answer(store: Store, error: Exception) -> None:
    store._lambda = lambda_that(error)
    with pytest.raises(Unanswered):
        store.predict(b"{}")


@pytest.mark.parametrize(
    ("code", "status"), [("InvalidRequestContentException", 400), ("RequestTooLargeException", 413)]
)
def test_what_lambda_itself_refuses_is_refused_for_good(
    store: Store, code: str, status: int
) -> None:
    store._lambda = lambda_that(client_error(code))
    error = store.predict(b"{}")["error"]
    assert (error["status"], error["violations"]) == (status, [])


def test_an_error_of_predict_is_an_error_here(store: Store) -> None:
    store._lambda = lambda_that({"errorMessage": "Task timed out"}, failed=True)
    with pytest.raises(RuntimeError, match="Task timed out"):
        store.predict(b"{}")


def test_predict_is_asked_once_and_given_its_time(store: Store) -> None:
    """botocore would ask a busy function five times, and give up after a minute."""
    config = store._lambda.meta.config
    assert (config.retries["total_max_attempts"], config.read_timeout) == (1, 15)


def test_answers_keep_their_partition_key(store: Store) -> None:
    row = Row(record(1, key="customer-7"), "{}", "L1")
    prediction = {"id": "20260101-ab", "score": 0.25, "label": "lost"}
    assert store.put([Answered(row, prediction, {"version": "3"})]) == [True]
    (entry,) = written()
    assert entry["PartitionKey"] == "customer-7"
    assert json.loads(entry["Data"]) == {
        "prediction_id": "20260101-ab",
        "row_id": "L1",
        "score": 0.25,
        "label": "lost",
        "model": {"version": "3"},
        "source": row.record.source(),
    }


def test_poison_of_a_batch_that_comes_again_is_kept_once_with_its_bytes(store: Store) -> None:
    poison = [Poison(record(n, bytes([0, 255, n])), [{"got": str(n)}]) for n in (3, 1, 2)]
    uri = store.set_apart(poison)
    assert store.set_apart(poison[::-1]) == uri
    first, last = (record(n).sequence_number for n in (1, 3))
    key = f"stream/loans/poison/2027/01/15/shardId-000000000000/{first}-{last}.jsonl"
    assert uri == f"s3://{world.LAKE}/{key}"
    (body,) = objects("").values()
    lines = [json.loads(line) for line in body.splitlines()]
    assert [base64.b64decode(line["data"]) for line in lines] == [
        b"\0\xff\1",
        b"\0\xff\2",
        b"\0\xff\3",
    ]
    assert [line["reasons"] for line in lines] == [[{"got": str(n)}] for n in (1, 2, 3)]


def test_the_handler_answers_lambda_with_what_has_to_come_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From Lambda's event to the answers, the poison, and the list of failures."""
    handler = importlib.import_module("functions.stream.handler")
    monkeypatch.setattr(handler, "_settings", lambda: Settings.from_env(ENVIRONMENT))
    monkeypatch.setattr(handler, "_store", lambda: store)
    said = {"predictions": [{"id": "i", "score": 0.5, "label": "paid"}], "model": {}}
    store._lambda = lambda_that(said)
    context = SimpleNamespace(**vars(world.CONTEXT), get_remaining_time_in_millis=lambda: 60_000)
    batch = {"Records": [event(1, b'{"loan_id": "L1"}'), event(2, b"?")]}
    assert handler.handler(batch, context) == {"batchItemFailures": []}
    assert json.loads(written()[0]["Data"])["row_id"] == "L1"
    assert len(objects("stream/loans/poison/")) == 1
    store._lambda = lambda_that(client_error("TooManyRequestsException"))
    again = handler.handler(batch, context)["batchItemFailures"]
    assert again == [{"itemIdentifier": record(1).sequence_number}]


def event(n: int, data: bytes) -> dict[str, Any]:
    return {
        "eventID": f"shardId-000000000000:{record(n).sequence_number}",
        "kinesis": {
            "partitionKey": "p",
            "sequenceNumber": record(n).sequence_number,
            "data": base64.b64encode(data).decode(),
            "approximateArrivalTimestamp": 1.8e9,
        },
    }
