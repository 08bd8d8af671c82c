"""A gate stays closed unless its metric is proven good enough."""

import pytest

from penstock.errors import PenstockError
from penstock.gates import check
from penstock.spec import Gate

AUC = Gate(metric="roc_auc", min=0.8, champion_tolerance=0.01)
LOSS = Gate(metric="log_loss", max=0.4, champion_tolerance=0.01)


@pytest.mark.parametrize(
    ("gate", "value", "champion", "passed"),
    [
        (AUC, 0.85, None, True),
        (AUC, 0.79, None, False),
        (AUC, 0.85, 0.855, True),
        (AUC, 0.85, 0.87, False),
        (LOSS, 0.3, 0.295, True),
        (LOSS, 0.3, 0.2, False),
        (LOSS, 0.5, None, False),
        (AUC, float("nan"), None, False),
        (AUC, 0.85, float("nan"), False),
    ],
)
def test_a_gate_opens_only_when_its_limit_and_the_champion_are_met(
    gate: Gate, value: float, champion: float | None, passed: bool
) -> None:
    rival = None if champion is None else {gate.metric: champion}
    (result,) = check([gate], {gate.metric: value}, rival)
    assert result.passed is passed
    assert passed == result.reason.startswith("passed")


def test_a_gate_on_an_unmeasured_metric_is_an_error_not_a_pass() -> None:
    with pytest.raises(PenstockError, match="not measured"):
        check([AUC], {"log_loss": 0.1}, None)
