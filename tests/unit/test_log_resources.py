"""A policy on a log group is written as AWS demands it, and holds here too."""

import pytest

from localcloud.log_resources import group

GROUP = "arn:aws:logs:us-east-1:000000000000:log-group:/aws/any"


@pytest.mark.parametrize(
    ("arn", "expected"),
    [
        (GROUP, f"{GROUP}:*"),
        (f"{GROUP}:*", f"{GROUP}:*"),
        (f"{GROUP}:log-stream:s", f"{GROUP}:log-stream:s"),
        ("*", "*"),
    ],
)
def test_a_group_is_named_with_what_is_in_it(arn: str, expected: str) -> None:
    assert group(arn) == expected
