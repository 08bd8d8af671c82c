"""A policy is written as AWS demands it, and holds here too."""

import pytest

from localcloud.resource_names import Request, alarms, log_group, qualified

GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/any"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:any"


def request(path: str = "/", operation: str = "", body: bytes = b"", **query: object) -> Request:
    return Request(path, {"x-amz-target": f"Some_2014.{operation}"}, query, body)


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (GROUP, f"{GROUP}:*"),
        (f"{GROUP}:*", f"{GROUP}:*"),
        (f"{GROUP}:log-stream:s", f"{GROUP}:log-stream:s"),
        ("*", "*"),
    ],
)
def test_a_log_group_is_named_with_what_is_in_it(arn: str, expected: str) -> None:
    assert log_group(request(operation="PutLogEvents"), arn) == expected
    assert log_group(request(operation="TagResource"), arn) == arn


def test_what_is_done_to_a_stream_names_it() -> None:
    """As AWS's own refusals do: `log-group:/aws/any:log-stream:s`."""
    for operation in ("CreateLogStream", "PutLogEvents", "GetLogEvents"):
        asked = request(operation=operation, body=b'{"logStreamName": "s"}')
        assert log_group(asked, GROUP) == f"{GROUP}:log-stream:s"
    asked = request(operation="FilterLogEvents", body=b'{"logStreamName": "s"}')
    assert log_group(asked, GROUP) == f"{GROUP}:*"


@pytest.mark.parametrize("path", ["/invocations", "/configuration", ""])
def test_a_request_is_about_the_version_or_alias_that_it_names(path: str) -> None:
    """Deleting version 3 is not deleting the function."""
    path = f"/2015-03-31/functions/any{path}"
    assert qualified(request(path, Qualifier=["live"]), FUNCTION) == f"{FUNCTION}:live"
    assert qualified(request(path), FUNCTION) == FUNCTION


def test_a_list_of_alarms_is_of_all_alarms_in_either_protocol() -> None:
    for asked in (request(operation="DescribeAlarms"), request(Action=["DescribeAlarms"])):
        assert alarms(asked, "*").endswith(":alarm:*")
    assert alarms(request(operation="PutMetricData"), "*") == "*"
