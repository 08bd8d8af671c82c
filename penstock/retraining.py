"""When a use case is trained anew: the `retraining` part of its file."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from penstock.part import Part


class Retraining(Part):
    """What begins a training, and what keeps those that nobody asked for (all but new data and a
    person's) from running on: a cool-down, a cap a month, and the end of the loop's patience.

    labels: so many answers whose truths became known since the training before. give_up_after:
    trainings in a row of which nothing was released.
    """

    on: tuple[Literal["dataset", "drift", "labels", "schedule"], ...] = ("dataset", "drift")
    schedule_days: Annotated[int, Field(ge=1)] | None = None
    labels: Annotated[int, Field(ge=1)] | None = None
    cool_down_hours: Annotated[int, Field(ge=0)] = 24
    max_per_month: Annotated[int, Field(ge=1)] = 4
    give_up_after: Annotated[int, Field(ge=1)] = 2

    @model_validator(mode="after")
    def _what_is_on_has_its_number(self) -> Self:
        for name, number in (("schedule", "schedule_days"), ("labels", "labels")):
            if (name in self.on) != (getattr(self, number) is not None):
                raise ValueError(f"`{name}` in `on` and `{number}` belong together")
        if self.schedule_days and 31 / self.schedule_days > self.max_per_month:
            raise ValueError(
                f"schedule_days {self.schedule_days} is more often than max_per_month "
                f"{self.max_per_month} lets it"
            )
        return self
