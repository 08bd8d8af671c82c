"""A policy that names a source or a namespace is held to it."""

import gzip
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from localcloud import condition_keys

MINE = {"Source": "mine", "DetailType": "Happened"}
ALL = {"events:source": "mine", "events:detail-type": "Happened"}


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([MINE], ALL),
        ([MINE, MINE], ALL),
        ([MINE, {**MINE, "Source": "aws.s3"}], {"events:detail-type": "Happened"}),
        ([{}], {}),
    ],
)
def test_a_key_is_what_all_entries_say(entries: list[dict[str, Any]], expected: Any) -> None:
    """Entries that differ leave the key out, so that no condition on it can hold."""
    body = json.dumps({"Entries": entries}).encode()
    assert condition_keys.keys("events:PutEvents", body) == expected


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"Namespace": "Penstock"}).encode(),
        gzip.compress(json.dumps({"Namespace": "Penstock", "MetricData": []}).encode()),
        urlencode({"Action": "PutMetricData", "Namespace": "Penstock"}).encode(),
    ],
    ids=["json", "compressed", "query"],
)
def test_the_namespace_is_read_from_every_protocol(body: bytes) -> None:
    assert condition_keys.keys("cloudwatch:PutMetricData", body) == {
        "cloudwatch:namespace": "Penstock"
    }


def test_a_scalable_targets_service_is_a_key() -> None:
    body = json.dumps({"ServiceNamespace": "sagemaker", "ResourceId": "endpoint/x/variant/y"})
    assert condition_keys.keys("application-autoscaling:RegisterScalableTarget", body.encode()) == {
        "application-autoscaling:service-namespace": "sagemaker"
    }


@pytest.mark.parametrize("action", ["events:PutEvents", "cloudwatch:PutMetricData", "s3:GetObject"])
def test_what_is_not_understood_has_no_keys(action: str) -> None:
    assert condition_keys.keys(action, b"\x00nonsense") == {}
