"""A role is asked for the action that AWS would ask it for."""

import pytest

from localcloud import lambda_actions

FUNCTION = "/2015-03-31/functions/f"


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", f"{FUNCTION}/aliases/live", "GetAlias"),
        ("PUT", f"{FUNCTION}/aliases/live", "UpdateAlias"),
        ("DELETE", f"{FUNCTION}/aliases/live", "DeleteAlias"),
        ("GET", f"{FUNCTION}/aliases", "ListAliases"),
        ("POST", f"{FUNCTION}/invocations", "InvokeFunction"),
        ("PUT", f"{FUNCTION}/code", "UpdateFunctionCode"),
        ("GET", f"{FUNCTION}/configuration", "GetFunctionConfiguration"),
        ("POST", f"{FUNCTION}/versions", "PublishVersion"),
        ("DELETE", FUNCTION, "DeleteFunction"),
        ("GET", "/2018-10-31/layers/l/versions/1", "GetLayerVersion"),
        ("GET", "/nowhere", None),
    ],
)
def test_the_action_is_the_operations(method: str, path: str, expected: str | None) -> None:
    lambda_actions.install()
    assert lambda_actions.action(method, path) == expected
