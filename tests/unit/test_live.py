"""The alias is where the release left it, or a line says where it is."""

from typing import Any

import pytest

from functions.shared.live import astray, endpoint_astray

CHAMPION = {"version": "4"}


class Alias:
    def __init__(self, version: str, weights: dict[str, float] | None = None) -> None:
        self.said: dict[str, Any] = {"FunctionVersion": version}
        if weights:
            self.said["RoutingConfig"] = {"AdditionalVersionWeights": weights}

    def get_alias(self, FunctionName: str, Name: str) -> dict[str, Any]:
        return self.said


@pytest.mark.parametrize(
    ("alias", "words"),
    [
        (Alias("4"), None),
        (Alias("3"), "live points at version 3; the release left it at 4"),
        (
            Alias("4", {"5": 0.1}),
            "live points at version 4 with 10% to version 5; the release left it at 4",
        ),
    ],
)
def test_a_hand_on_the_alias_is_told(alias: Alias, words: str | None) -> None:
    assert astray(alias, "predict", "live", CHAMPION, None) == words


def test_a_release_may_move_it() -> None:
    assert astray(Alias("4", {"5": 0.1}), "predict", "live", CHAMPION, {"holder": "x"}) is None


class Endpoint:
    def __init__(self, config: str, status: str = "InService") -> None:
        self.said = {"EndpointConfigName": config, "EndpointStatus": status}

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:
        return self.said


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        (Endpoint("4"), None),
        (Endpoint("3"), "e is InService with 3; the release left it with 4"),
        (Endpoint("4", "Failed"), "e is Failed with 4; the release left it with 4"),
    ],
)
def test_a_hand_on_an_endpoint_is_told(endpoint: Endpoint, words: str | None) -> None:
    assert endpoint_astray(endpoint, "e", CHAMPION, None) == words
    assert endpoint_astray(endpoint, "e", CHAMPION, {"holder": "a release"}) is None
