"""Map: in line, and distributed over what lies in S3, as the machine's role."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from conftest import eventually
from localcloud_roles import allow, make_role
from states_world import Client, States, passing

BUCKET = "states-map"


@pytest.fixture(scope="module")
def states(client: Client, role: str) -> States:
    client("s3").create_bucket(Bucket=BUCKET)
    return States(client, role)


def processor(states: dict[str, Any], **config: Any) -> dict[str, Any]:
    return {"StartAt": next(iter(states)), "States": states, "ProcessorConfig": config}


def distributed(inner: dict[str, Any], **fields: Any) -> dict[str, Any]:
    mode = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    return {
        "Type": "Map",
        "ItemProcessor": processor(inner, **mode),
        "End": True,
        "Label": "each",
        **fields,
    }


def reader(action: str, config: dict[str, Any], **parameters: str) -> dict[str, Any]:
    return {
        "Resource": f"arn:aws:states:::s3:{action}",
        "ReaderConfig": config,
        "Parameters": {"Bucket": BUCKET, **parameters},
    }


FAIL_TWO = {
    "C": {
        "Type": "Choice",
        "Choices": [{"Variable": "$.n", "NumericEquals": 2, "Next": "F"}],
        "Default": "P",
    },
    "F": {"Type": "Fail", "Error": "Two", "Cause": "it is two"},
    "P": passing(),
}


def test_a_map_in_line_selects_and_keeps_the_order(states: States) -> None:
    """ItemsPath, ItemSelector with the item's value and index, and the history's iterations."""
    selector = {"v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index", "all.$": "$.x"}
    state = {
        "Type": "Map",
        "ItemsPath": "$.list",
        "ItemSelector": selector,
        "MaxConcurrency": 2,
        "ItemProcessor": processor({"P": passing()}, Mode="INLINE"),
        "ResultPath": "$.done",
        "End": True,
    }
    arn = states.start(states.machine({"M": state}), {"list": ["a", "b", "c"], "x": 7})
    output = json.loads(states.ended(arn)["output"])
    assert output["done"][2] == {"v": "c", "i": 2, "all": 7}
    assert [one["v"] for one in output["done"]] == ["a", "b", "c"]
    kinds = states.kinds(arn)
    assert kinds.count("MapIterationStarted") == kinds.count("MapIterationSucceeded") == 3


def test_a_failed_iteration_fails_the_map_with_its_error(states: States) -> None:
    state = {"Type": "Map", "ItemProcessor": processor(FAIL_TWO), "End": True}
    facts = states.run({"M": state}, [{"n": 1}, {"n": 2}])
    assert (facts["error"], facts["cause"]) == ("Two", "it is two")


@pytest.mark.parametrize(
    ("key", "body", "config", "items"),
    [
        ("a.json", b'[{"n": 1}, {"n": 3}]', {"InputType": "JSON"}, [{"n": 1}, {"n": 3}]),
        (
            "p.json",
            b'{"deep": {"rows": [1, 2]}}',
            {"InputType": "JSON", "ItemsPointer": "/deep/rows"},
            [1, 2],
        ),
        ("a.jsonl", b'{"n": 1}\n{"n": 2}\n', {"InputType": "JSONL", "MaxItems": 1}, [{"n": 1}]),
        (
            "a.csv",
            b'n,t\n1,"x,y"\n2\n',
            {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            [{"n": "1", "t": "x,y"}, {"n": "2", "t": ""}],
        ),
        (
            "g.csv",
            b"1|2|3\n",
            {
                "InputType": "CSV",
                "CSVHeaderLocation": "GIVEN",
                "CSVHeaders": ["a", "b"],
                "CSVDelimiter": "PIPE",
            },
            [{"a": "1", "b": "2"}],
        ),
    ],
)
def test_items_are_read_from_an_object(
    client: Client, states: States, key: str, body: bytes, config: dict[str, Any], items: Any
) -> None:
    """Each format of ItemReader's getObject gives one child execution an item."""
    client("s3").put_object(Bucket=BUCKET, Key=key, Body=body)
    state = distributed({"P": passing()}, ItemReader=reader("getObject", config, Key=key))
    assert states.output({"M": state}) == items


def test_an_inventory_names_the_objects(client: Client, states: States) -> None:
    rows = gzip.compress(f'"{BUCKET}","one","3"\n"{BUCKET}","two","4"\n'.encode())
    client("s3").put_object(Bucket=BUCKET, Key="inventory/data.csv.gz", Body=rows)
    manifest = {
        "destinationBucket": f"arn:aws:s3:::{BUCKET}",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size",
        "files": [{"key": "inventory/data.csv.gz"}],
    }
    body = json.dumps(manifest).encode()
    client("s3").put_object(Bucket=BUCKET, Key="inventory/manifest.json", Body=body)
    config = {"InputType": "MANIFEST"}
    state = distributed(
        {"P": passing(OutputPath="$.Key")},
        ItemReader=reader("getObject", config, Key="inventory/manifest.json"),
    )
    assert states.output({"M": state}) == ["one", "two"]


def test_a_map_run_over_a_prefix_writes_its_results(client: Client, states: States) -> None:
    """Objects of a prefix in batches; the run's counts; manifest.json and the files it names."""
    for number in range(5):
        client("s3").put_object(Bucket=BUCKET, Key=f"in/{number}", Body=b"x" * number)
    state = distributed(
        {"P": passing(Parameters={"keys.$": "$.Items[*].k", "from.$": "$.BatchInput.f"})},
        ItemReader=reader("listObjectsV2", {}, Prefix="in/"),
        ItemSelector={"k.$": "$$.Map.Item.Value.Key"},
        ItemBatcher={"MaxItemsPerBatch": 2, "BatchInput": {"f.$": "$.from"}},
        ResultWriter={
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": BUCKET, "Prefix": "out"},
        },
    )
    arn = states.start(states.machine({"M": state}), {"from": "test"})
    output = json.loads(states.ended(arn)["output"])
    run = states.api.describe_map_run(mapRunArn=output["MapRunArn"])
    assert (run["status"], run["itemCounts"]["succeeded"]) == ("SUCCEEDED", 5)
    assert run["executionCounts"]["total"] == 3
    assert states.api.list_map_runs(executionArn=arn)["mapRuns"][0]["mapRunArn"] == run["mapRunArn"]
    children = states.api.list_executions(mapRunArn=run["mapRunArn"])["executions"]
    assert len(children) == 3
    assert "ExecutionSucceeded" in states.kinds(children[0]["executionArn"])
    details = output["ResultWriterDetails"]
    manifest = json.loads(client("s3").get_object(**details)["Body"].read())
    (file,) = manifest["ResultFiles"]["SUCCEEDED"]
    results = json.loads(client("s3").get_object(Bucket=BUCKET, Key=file["Key"])["Body"].read())
    outputs = [json.loads(one["Output"]) for one in results]
    assert outputs[0] == {"keys": ["in/0", "in/1"], "from": "test"}
    assert [len(one["keys"]) for one in outputs] == [2, 2, 1]
    assert "MapRunSucceeded" in states.kinds(arn)


@pytest.mark.parametrize(
    ("tolerance", "status"),
    [
        ({}, "FAILED"),
        ({"ToleratedFailureCount": 1}, "SUCCEEDED"),
        ({"ToleratedFailurePercentage": 30}, "FAILED"),
        ({"ToleratedFailurePercentagePath": "$.p", "ItemsPath": "$.l"}, "SUCCEEDED"),
    ],
)
def test_a_map_run_tolerates_as_many_failures_as_it_says(
    states: States, tolerance: dict[str, Any], status: str
) -> None:
    items = [{"n": 1}, {"n": 2}, {"n": 3}]
    value = {"l": items, "p": 34} if "ItemsPath" in tolerance else items
    facts = states.run({"M": distributed(FAIL_TWO, MaxConcurrency=1, **tolerance)}, value)
    assert facts["status"] == status
    if status == "FAILED":
        assert facts["error"] == "States.ExceedToleratedFailureThreshold"
    else:
        assert [one["n"] for one in json.loads(facts["output"])] == [1, 3]


@pytest.mark.parametrize(
    ("missing", "error"),
    [
        ("states:StartExecution", "States.Permissions"),
        ("s3:ListBucket", "States.ItemReaderFailed"),
        ("s3:PutObject", "States.ResultWriterFailed"),
    ],
)
def test_a_map_run_does_what_its_role_may(
    client: Client, states: States, missing: str, error: str
) -> None:
    """Reading, starting children and writing are the role's, and a denial names the action."""
    actions = {"states:StartExecution", "s3:ListBucket", "s3:PutObject"}
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": BUCKET}}
    state = distributed(
        {"P": passing()},
        ItemReader=reader("listObjectsV2", {}, Prefix="role/"),
        ResultWriter=writer,
    )
    client("s3").put_object(Bucket=BUCKET, Key="role/a", Body=b"")
    good = make_role(client, "states", allow(*actions))
    assert states.run({"M": state}, roleArn=good)["status"] == "SUCCEEDED"
    bad = make_role(client, "states", allow(*(actions - {missing})))
    facts = states.run({"M": state}, roleArn=bad)
    assert facts["error"] == error
    assert missing in facts["cause"]


def test_concurrency_of_a_running_map_run_can_be_changed(states: States) -> None:
    """One child at a time, each for 2 s; UpdateMapRun lets the others begin at once."""
    wait = {"W": {"Type": "Wait", "Seconds": 120, "End": True}}
    arn = states.start(states.machine({"M": distributed(wait, MaxConcurrency=1)}), [1] * 8)
    run = eventually(lambda: states.api.list_map_runs(executionArn=arn)["mapRuns"])[0]["mapRunArn"]
    assert states.api.describe_map_run(mapRunArn=run)["executionCounts"]["running"] == 1
    states.api.update_map_run(mapRunArn=run, maxConcurrency=8)

    def all_run() -> bool:
        counts = states.api.describe_map_run(mapRunArn=run)["executionCounts"]
        return bool(counts["running"] + counts["succeeded"] == 8)

    assert eventually(all_run, 1.5)
    assert states.ended(arn)["status"] == "SUCCEEDED"


def test_stopping_an_execution_stops_its_map_runs_children(states: States) -> None:
    wait = {"W": {"Type": "Wait", "Seconds": 60_000, "End": True}}
    arn = states.start(states.machine({"M": distributed(wait)}), [1, 2])
    run = eventually(lambda: states.api.list_map_runs(executionArn=arn)["mapRuns"])[0]["mapRunArn"]
    eventually(lambda: len(states.api.list_executions(mapRunArn=run)["executions"]) == 2)
    states.api.stop_execution(executionArn=arn)

    def ended() -> bool:
        children = states.api.list_executions(mapRunArn=run)["executions"]
        return {child["status"] for child in children} == {"ABORTED"}

    assert eventually(ended)
    eventually(lambda: states.api.describe_map_run(mapRunArn=run)["status"] == "ABORTED")


def test_thousands_of_items(states: States) -> None:
    """64 at a time; ten thousand, as many as AWS runs at once, take some seconds as well."""
    state = distributed({"P": passing(Parameters={"n.$": "$"})}, ResultPath=None)
    arn = states.start(states.machine({"M": state}), list(range(3000)))
    assert states.ended(arn, 30)["status"] == "SUCCEEDED"
    run = states.api.list_map_runs(executionArn=arn)["mapRuns"][0]["mapRunArn"]
    assert states.api.describe_map_run(mapRunArn=run)["itemCounts"]["succeeded"] == 3000
