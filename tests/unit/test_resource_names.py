"""A policy is written as AWS demands it, and holds here too."""

import pytest

from localcloud.resource_names import Request, alarms, invoked, log_group

GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/any"
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:any"


def request(path: str = "/", operation: str = "", **query: object) -> Request:
    return Request(path, {"x-amz-target": f"Some_2014.{operation}"}, query)


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


def test_an_invocation_is_of_the_version_or_alias_that_was_asked() -> None:
    path = "/2015-03-31/functions/any/invocations"
    assert invoked(request(path, Qualifier=["live"]), FUNCTION) == f"{FUNCTION}:live"
    assert invoked(request(path), FUNCTION) == FUNCTION
    assert invoked(request("/2015-03-31/functions/any", Qualifier="live"), FUNCTION) == FUNCTION


def test_a_list_of_alarms_is_of_all_alarms_in_either_protocol() -> None:
    for asked in (request(operation="DescribeAlarms"), request(Action=["DescribeAlarms"])):
        assert alarms(asked, "*").endswith(":alarm:*")
    assert alarms(request(operation="PutMetricData"), "*") == "*"
