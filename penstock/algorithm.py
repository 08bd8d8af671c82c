"""What learns, and its settings: the `algorithm` part of a use case's file, a class for each."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from penstock.part import Part

Seed = Annotated[int, Field(ge=0, lt=2**31)]


class XGBoost(Part):
    """Gradient-boosted trees; `parameters` are XGBoost's own."""

    name: Literal["xgboost"]
    rounds: Annotated[int, Field(ge=1, le=5000)] = 100
    seed: Seed = 7
    parameters: dict[str, float | int | str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _the_booster_is_of_trees(self) -> Self:
        """The ONNX graph knows no other of XGBoost's, and only trees are explained exactly."""
        if (booster := self.parameters.get("booster", "gbtree")) != "gbtree":
            raise ValueError(f"booster {booster!r} in `parameters`: only gbtree can be served")
        return self


class LogisticRegression(Part):
    """scikit-learn's, on scaled numbers: medians for what is missing, and a sign that it was.

    C: the inverse strength of the penalty; class_weight balanced: both classes weigh the same.
    """

    name: Literal["logistic_regression"]
    C: Annotated[float, Field(gt=0)] = 1.0
    penalty: Literal["l2", "none"] = "l2"
    max_iter: Annotated[int, Field(ge=1, le=100_000)] = 1000
    class_weight: Literal["balanced"] | None = None
    seed: Seed = 7

    @model_validator(mode="after")
    def _a_strength_is_of_something(self) -> Self:
        if self.penalty == "none" and self.C != 1:
            raise ValueError("C is the inverse strength of a penalty, and penalty is none")
        return self


Algorithm = Annotated[XGBoost | LogisticRegression, Field(discriminator="name")]
