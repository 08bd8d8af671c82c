"""Mode `stream` and the function's URL: what the templates must say so that nothing gets lost."""

import dataclasses
from typing import Any

import pytest
from synthesis import Assembly, many, statements, text

from functions.stream.settings import Settings

STREAM, URL, PLAIN = (f"Penstock-dev-{name}" for name in ("stream", "url", "plain"))


def only(assembly: Assembly, stack: str, type_: str, start: str = "") -> tuple[str, Any]:
    """The one resource of a type whose name begins so."""
    found = [(n, r) for n, r in assembly.resources(stack, type_).items() if n.startswith(start)]
    ((name, resource),) = found
    return name, resource


def test_a_batch_is_cut_halved_and_never_dropped(modes: Assembly) -> None:
    """What is given up goes to a bucket, records and all, while the stream still has it."""
    _, mapping = only(modes, STREAM, "AWS::Lambda::EventSourceMapping")
    said = mapping["Properties"]
    assert said["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert said["BisectBatchOnFunctionError"] is True
    assert said["StartingPosition"] == "TRIM_HORIZON"
    assert "MaximumRetryAttempts" not in said
    assert "Lake" in text(said["DestinationConfig"]["OnFailure"]["Destination"])
    for stream in modes.resources(STREAM, "AWS::Kinesis::Stream").values():
        assert (
            said["MaximumRecordAgeInSeconds"] < stream["Properties"]["RetentionPeriodHours"] * 3600
        )


def test_records_flow_only_when_there_is_somebody_to_ask(modes: Assembly) -> None:
    _, mapping = only(modes, STREAM, "AWS::Lambda::EventSourceMapping")
    assert any(name.startswith("LiveAlias") for name in mapping["DependsOn"])


def test_both_streams_are_under_the_environments_key(modes: Assembly) -> None:
    streams = modes.resources(STREAM, "AWS::Kinesis::Stream")
    assert len(streams) == 2
    for stream in streams.values():
        encryption = stream["Properties"]["StreamEncryption"]
        assert encryption["EncryptionType"] == "KMS"
        assert "Key" in text(encryption["KeyId"])


def test_the_functions_variables_are_those_that_it_reads(modes: Assembly) -> None:
    _, function = only(modes, STREAM, "AWS::Lambda::Function", "StreamFunction")
    wanted = {field.name.upper() for field in dataclasses.fields(Settings)}
    assert set(function["Properties"]["Environment"]["Variables"]) == wanted


def test_it_asks_live_and_nobody_else(modes: Assembly) -> None:
    asked = [
        text(resource)
        for name, statement in statements(modes, STREAM)
        if name.startswith("StreamRole") and "lambda:InvokeFunction" in many(statement["Action"])
        for resource in many(statement["Resource"])
    ]
    assert len(asked) == 1
    assert asked[0].endswith(":live")


def test_a_stream_that_stands_still_tells_somebody(modes: Assembly) -> None:
    _, alarm = only(modes, STREAM, "AWS::CloudWatch::Alarm", "StreamLate")
    said = alarm["Properties"]
    assert (said["MetricName"], said["Statistic"]) == ("IteratorAge", "Maximum")
    assert len(said["AlarmActions"]) == 1


def test_the_url_is_the_alias_and_asks_for_a_signature(modes: Assembly) -> None:
    _, url = only(modes, URL, "AWS::Lambda::Url")
    assert (url["Properties"]["AuthType"], url["Properties"]["Qualifier"]) == ("AWS_IAM", "live")
    assert any(name.startswith("LiveAlias") for name in url["DependsOn"])
    for permission in modes.resources(URL, "AWS::Lambda::Permission").values():
        assert permission["Properties"]["Principal"] == "events.amazonaws.com"


def test_a_callers_policy_is_for_the_url_alone(modes: Assembly) -> None:
    _, policy = only(modes, URL, "AWS::IAM::ManagedPolicy")
    said = policy["Properties"]["PolicyDocument"]["Statement"]
    assert {s["Action"] for s in said} == {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}
    assert all(text(s["Resource"]).endswith(":live") and s["Condition"] for s in said)


@pytest.mark.parametrize("type_", ["AWS::Kinesis::Stream", "AWS::Lambda::Url"])
def test_who_asks_for_neither_gets_neither(modes: Assembly, type_: str) -> None:
    assert modes.resources(PLAIN, type_) == {}
