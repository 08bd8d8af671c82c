"""What SageMaker cannot do, the use case's file may not ask for."""

from typing import Any

import pytest

from functions.shared import endpoint_names as names
from penstock.serving import Serving

TWO = {"mode": "endpoint"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (TWO | {"endpoint": {"instances": 1}}, "needs 2 instances or more"),
        (TWO | {"canary": {"minutes": 61}}, "60 minutes at most"),
        (TWO | {"strategy": "linear", "canary": {"percent": 5}}, "of 10 percent or more"),
        (
            TWO | {"strategy": "linear", "canary": {"percent": 10, "minutes": 60}},
            "takes 540 of 420 minutes",
        ),
        (TWO | {"endpoint": {"instances": 3, "max_instances": 2}}, "at least instances"),
        ({"mode": "serverless_endpoint", "strategy": "canary"}, "has strategy all_at_once"),
    ],
)
def test_what_sagemaker_cannot_do_is_refused_in_words(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Serving.model_validate(given)


def test_one_instance_is_enough_for_who_goes_all_at_once() -> None:
    given = TWO | {"strategy": "all_at_once", "endpoint": {"instances": 1}}
    assert Serving.model_validate(given).endpoint.most == 1


def test_a_serverless_endpoint_goes_all_at_once_without_being_told() -> None:
    assert Serving.model_validate({"mode": "serverless_endpoint"}).strategy == "all_at_once"


def test_a_models_name_fits_sagemaker_and_tells_whose_it_is() -> None:
    """63 characters at most, with the longest name of a use case and the longest ending."""
    slug = f"penstock-prod-{'x' * 20}"
    model = names.model(slug, "0a1b2c3d" * 8, "2026-11-21T15:27:01.123+00:00")
    assert model == f"{slug}-0a1b2c3d-261121152701"
    for name in (model, names.trial(model), names.shadow(model)):
        assert len(name) <= 63
        assert names.is_of(slug, name)
        assert not names.is_of(slug.removesuffix("-" + "x" * 20), name)
    assert names.without_shadow(names.shadow(model)) == model
    assert not names.is_of("penstock-dev-tri", "penstock-dev-tri-age-0a1b2c3d-261121152701")
