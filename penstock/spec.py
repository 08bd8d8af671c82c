"""The use case as its YAML file says it, checked before anything is built from it."""

import json
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from penstock.contract import Column, Contract, TargetRule
from penstock.part import Fraction, Name, Part
from penstock.record import RECORD_FIELDS
from penstock.serving import Serving


class Target(Part):
    column: Name
    positive: str
    negative: str


class ColumnSpec(Part):
    name: Name
    type: Literal["float", "int", "category", "boolean"]
    unit: str | None = None
    min: float | None = None
    max: float | None = None
    values: tuple[str, ...] | None = None
    nullable: bool = False
    personal: bool = False
    description: str | None = None

    @model_validator(mode="after")
    def _rules_fit_the_type(self) -> Self:
        numeric = self.type in ("float", "int")
        if not numeric and (self.min is not None or self.max is not None):
            raise ValueError(f"{self.name}: min and max are for float and int, not {self.type}")
        if (self.type == "category") != (self.values is not None):
            raise ValueError(f"{self.name}: a category needs `values`, and nothing else has them")
        if numeric and self.min is not None and self.max is not None and self.min >= self.max:
            raise ValueError(f"{self.name}: min {self.min} must be below max {self.max}")
        return self


class Algorithm(Part):
    name: Literal["xgboost"]
    rounds: Annotated[int, Field(ge=1, le=5000)] = 100
    seed: int = 7
    parameters: dict[str, float | int | str] = Field(default_factory=dict)


class Split(Part):
    validation: Fraction = 0.15
    holdout: Fraction = 0.2


class Gate(Part):
    """A limit on one metric; with `champion_tolerance` also: no worse than the champion by more."""

    metric: str
    min: float | None = None
    max: float | None = None
    champion_tolerance: float | None = None


class Monitoring(Part):
    """How often one looks at how much, and what one is willing to be called for.

    smallest_shift is the share of rows that must have moved; quiet_hours without a request are
    told of (None: never).
    """

    every_minutes: Annotated[int, Field(ge=5, le=5040)] = 60
    window_hours: Annotated[int, Field(ge=1)] = 24
    min_rows: Annotated[int, Field(ge=1)] = 100
    false_alarms_per_year: Annotated[float, Field(gt=0)] = 1.0
    smallest_shift: Fraction = 0.1
    quiet_hours: Annotated[int, Field(ge=1, le=360)] | None = None
    dashboard: bool = False


class Retraining(Part):
    on: tuple[Literal["dataset", "drift", "schedule"], ...] = ("dataset", "drift")
    schedule_days: Annotated[int, Field(ge=1)] | None = None
    cool_down_hours: Annotated[int, Field(ge=0)] = 24

    @model_validator(mode="after")
    def _a_schedule_has_days(self) -> Self:
        if ("schedule" in self.on) != (self.schedule_days is not None):
            raise ValueError("`schedule` in `on` and `schedule_days` belong together")
        return self


class Budget(Part):
    monthly_usd: Annotated[float, Field(gt=0)]


class UseCase(Part):
    """What is learned, from what, by which rules it may go live, and how it is watched."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=20)]
    owner: str
    description: str
    problem: Literal["binary"]
    target: Target
    row_id: Name
    event_time: Name | None = None
    columns: Annotated[tuple[ColumnSpec, ...], Field(min_length=1)]
    algorithm: Algorithm
    split: Split = Split()
    gates: Annotated[tuple[Gate, ...], Field(min_length=1)]
    serving: Serving = Serving()
    monitoring: Monitoring = Monitoring()
    retraining: Retraining = Retraining()
    budget: Budget

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [c.name for c in self.columns]
        names += [self.row_id, self.target.column, *([self.event_time] if self.event_time else [])]
        twice = {n for n in names if names.count(n) > 1} | (set(names) & set(RECORD_FIELDS))
        # the row id is itself a field of the record
        if twice := twice - ({self.row_id} if names.count(self.row_id) == 1 else set()):
            raise ValueError(f"used twice, or reserved for the prediction record: {sorted(twice)}")
        return self

    def contract(self) -> Contract:
        """The rules that a row of data and a request are held to."""
        return Contract(
            usecase=self.name,
            row_id=self.row_id,
            columns=tuple(
                Column(c.name, c.type, c.min, c.max, c.values, c.nullable, c.personal)
                for c in self.columns
            ),
            target=TargetRule(self.target.column, self.target.positive, self.target.negative),
            threshold=self.serving.threshold,
        )

    def to_json(self) -> str:
        """The same bytes for the same use case: it goes into packages whose hash must not move."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, indent=1)
