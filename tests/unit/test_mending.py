"""A better model's distance from the champion: measured, written into a package, read back."""

import pytest

from penstock.ks import gaps, ks
from penstock.mending import NONE, Mending

OF = "0f" * 32


def test_up_and_down_are_told_apart() -> None:
    low, high = [float(i) for i in range(100)], [float(i) for i in range(30, 130)]
    assert gaps(low, high) == pytest.approx((0.3, 0.0))
    assert gaps(high, low) == pytest.approx((0.0, 0.3))
    found = ks(low, high, 0.001)
    assert found is not None
    assert (found["d"], found["up"], found["down"]) == pytest.approx((0.3, 0.3, 0.0))


def test_labels_are_each_models_by_its_own_threshold() -> None:
    found = Mending.measured(OF, [0.4, 0.6, 0.8, 0.9], [0.4, 0.6, 0.8, 0.1], (0.5, 0.7))
    assert found.labels == 0.5


def test_what_a_package_says_is_read_as_it_was_written() -> None:
    found = Mending.measured(OF, [0.1] * 16, [0.9] * 5 + [0.1] * 11, (0.5, 0.5))
    assert (found.up, found.down) == (0.3125, 0.0)
    assert Mending.parse(found.text) == found
    assert len(found.text) <= 256


@pytest.mark.parametrize("text", ["", NONE, f"up=x down=0 labels=0 of={OF}", "up=0.1"])
def test_what_says_nothing_is_none(text: str) -> None:
    assert Mending.parse(text) is None
