"""Under load and violence: nothing is lost, nothing leaks, and the next call works."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import eventually
from localcloud_wires import Client, arn_of, make_queue, unique

import localcloud

Function = Callable[..., str]


@pytest.fixture(scope="module")
def crowd(hasty: Client) -> Any:
    return hasty("lambda")


def at_once(count: int, work: Callable[[int], Any]) -> Counter[str]:
    """How many of `count` simultaneous calls, each in a thread of its own, came to which end."""
    ends: Counter[str] = Counter()

    def run(number: int) -> None:
        try:
            ends["right" if work(number) == number else "wrong"] += 1
        except ClientError as error:
            ends[error.response["Error"]["Code"]] += 1
        except Exception as error:
            ends[repr(error)] += 1

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ends


def calls(crowd: Any, name: str) -> Callable[[int], Any]:
    def call(number: int) -> Any:
        answer = crowd.invoke(FunctionName=name, Payload=json.dumps(number))
        return json.loads(answer["Payload"].read())

    return call


def children(pid: int) -> set[int]:
    found = set()
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.add(int(entry.parent.name))
    return found


def pipes(pid: int) -> int:
    """Open pipes of the server: three for each execution environment."""
    found = 0
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found += str(link.readlink()).startswith("pipe:")
        except OSError:
            continue
    return found


def test_a_thousand_simultaneous_invocations_all_answer_and_nothing_leaks(
    cloud: localcloud.Running, client: Client, crowd: Any, function: Function
) -> None:
    name = function("def handler(event, context): return event\n")
    before, open_before = children(cloud.pid), pipes(cloud.pid)
    began = time.monotonic()
    assert at_once(1000, calls(crowd, name)) == {"right": 1000}
    took = time.monotonic() - began
    started = children(cloud.pid) - before
    print(f"1,000 simultaneous invocations: {took:.1f} s, {len(started)} environments")
    assert 0 < len(started) < 200
    client("lambda").delete_function(FunctionName=name)
    eventually(lambda: not children(cloud.pid) & started)
    eventually(lambda: pipes(cloud.pid) <= open_before)


def test_reserved_concurrency_throttles_the_rest_as_on_aws(
    client: Client, crowd: Any, function: Function
) -> None:
    name = function(
        """
        import time
        def handler(event, context):
            time.sleep(0.5)
            return event
        """
    )
    client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=3)
    ends = at_once(40, calls(crowd, name))
    assert set(ends) == {"right", "TooManyRequestsException"}
    assert 3 <= ends["right"] <= 9  # none waits: a place is free or it is not
    client("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(crowd.exceptions.TooManyRequestsException) as refused:
        crowd.invoke(FunctionName=name)
    said = refused.value.response
    assert said["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert said["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert said["Type"] == "User"
    assert said["Error"]["Message"] == "Rate Exceeded."


def test_a_worker_killed_in_mid_request_is_an_error_and_the_next_call_works(
    cloud: localcloud.Running, crowd: Any, function: Function
) -> None:
    name = function(
        """
        import os, time
        def handler(event, context):
            if event == "pid":
                return os.getpid()
            time.sleep(event)
            return event
        """
    )
    call = calls(crowd, name)
    pid = json.loads(crowd.invoke(FunctionName=name, Payload='"pid"')["Payload"].read())
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(crowd.invoke, FunctionName=name, Payload="4")
        time.sleep(0.3)
        os.kill(pid, signal.SIGKILL)
        answer = running.result(2)
    assert answer["FunctionError"] == "Unhandled"
    payload = json.loads(answer["Payload"].read())
    assert payload["errorType"] == "Runtime.ExitError"
    assert payload["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")
    assert call(0) == 0
    assert pid not in children(cloud.pid)


def test_what_is_at_work_when_its_function_changes_comes_to_its_end(
    cloud: localcloud.Running, client: Client, crowd: Any, function: Function
) -> None:
    name = function(
        """
        import os, time
        def handler(event, context):
            time.sleep(event)
            return os.getpid()
        """
    )
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(crowd.invoke, FunctionName=name, Payload="1")
        time.sleep(0.4)
        client("lambda").update_function_configuration(FunctionName=name, MemorySize=256)
        answer = running.result(3)
    assert "FunctionError" not in answer
    pid = json.loads(answer["Payload"].read())
    eventually(lambda: pid not in children(cloud.pid))


def test_two_hundred_asynchronous_events_are_run_and_the_failing_retried(
    client: Client, crowd: Any, function: Function
) -> None:
    """Every third fails twice more and becomes a dead letter; each other one runs once."""
    dead = make_queue(client)
    name = function(
        """
        def handler(event, context):
            print(f"RUN {event}")
            if event % 3 == 0:
                raise ValueError(event)
        """,
        DeadLetterConfig={"TargetArn": arn_of(dead)},
    )

    def send(number: int) -> int:
        crowd.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(number))
        return number

    assert at_once(200, send) == {"right": 200}
    pages = client("logs").get_paginator("filter_log_events")
    wanted = {n: 3 if n % 3 == 0 else 1 for n in range(200)}

    def all_run() -> bool:
        found = pages.paginate(logGroupName=f"/aws/lambda/{name}")
        lines = [e["message"] for page in found for e in page["events"]]
        return Counter(int(x[4:]) for x in lines if x.startswith("RUN ")) == wanted

    eventually(all_run, 15)
    names = ["ApproximateNumberOfMessages"]

    def letters() -> bool:
        got = client("sqs").get_queue_attributes(QueueUrl=dead, AttributeNames=names)
        return bool(got["Attributes"][names[0]] == "67")

    eventually(letters)


def test_ten_thousand_objects_stay_quick(cloud: localcloud.Running, client: Client) -> None:
    """Written, listed page by page, and deleted: in seconds, none is lost."""
    s3, bucket, count = client("s3"), unique("b"), 10_000
    s3.create_bucket(Bucket=bucket)
    s3.delete_public_access_block(Bucket=bucket)
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject"}
    policy = {
        "Version": "2012-10-17",
        "Statement": [{**allow, "Resource": f"arn:aws:s3:::{bucket}/*"}],
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))

    def write(first: int) -> None:
        """By plain HTTP: boto3 alone would take a minute."""
        connection = http.client.HTTPConnection(cloud.endpoint.removeprefix("http://"))
        for number in range(first, count, 4):
            connection.request("PUT", f"/{bucket}/k/{number:05}", b"x")
            answer = connection.getresponse()
            assert answer.status == 200, answer.read()
            answer.read()
        connection.close()

    began = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(4)))
    written = time.monotonic()
    pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="k/"))
    keys = [each["Key"] for page in pages for each in page["Contents"]]
    assert keys == [f"k/{n:05}" for n in range(count)]
    assert len(pages) == 10
    listed = time.monotonic()
    for start in range(0, count, 1000):
        doomed = [{"Key": key} for key in keys[start : start + 1000]]
        s3.delete_objects(Bucket=bucket, Delete={"Objects": doomed, "Quiet": True})
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    gone = time.monotonic()
    print(f"10,000 objects: put {written - began:.1f} s, list {listed - written:.1f} s, ", end="")
    print(f"delete {gone - listed:.1f} s")
    assert listed - written < 5
    assert gone - listed < 5
