"""The use case as its YAML file says it, checked before anything is built from it."""

import json
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from penstock.algorithm import Algorithm
from penstock.contract import Column, Contract, TargetRule
from penstock.labels import Labels, Quality
from penstock.part import Fraction, Name, Part
from penstock.record import RECORD_FIELDS
from penstock.retraining import Retraining
from penstock.serving import Serving


class Target(Part):
    column: Name
    positive: str
    negative: str


# Characters of the texts of one row. A record is one event of the log, which holds 256 KB, and
# JSON writes a character in up to twelve of them.
RECORDED = 20_000


class ColumnSpec(Part):
    """values: of a category; max_length: the most characters of a text.

    A text is free: no model sees it but by what features.py makes of it.
    """

    name: Name
    type: Literal["float", "int", "category", "boolean", "text"]
    unit: str | None = None
    min: float | None = None
    max: float | None = None
    values: tuple[str, ...] | None = None
    max_length: Annotated[int, Field(ge=1, le=RECORDED)] | None = None
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
        if (self.type == "text") != (self.max_length is not None):
            raise ValueError(f"{self.name}: a text needs `max_length`, and nothing else has it")
        if numeric and self.min is not None and self.max is not None and self.min >= self.max:
            raise ValueError(f"{self.name}: min {self.min} must be below max {self.max}")
        return self


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
    told of (None: never). multivariate: do the columns hang together as they did; attribution: does
    the model go by the features that it went by. Windows of more than athena_above_mb of records
    are counted by Athena, not in a Lambda (None: never).
    """

    every_minutes: Annotated[int, Field(ge=5, le=5040)] = 60
    window_hours: Annotated[int, Field(ge=1)] = 24
    min_rows: Annotated[int, Field(ge=1)] = 100
    false_alarms_per_year: Annotated[float, Field(gt=0)] = 1.0
    smallest_shift: Fraction = 0.1
    quiet_hours: Annotated[int, Field(ge=1, le=360)] | None = None
    multivariate: Literal["pca"] | None = None
    attribution: bool = False
    athena_above_mb: Annotated[int, Field(ge=0)] | None = None
    quality: Quality = Quality()
    dashboard: bool = False


class Budget(Part):
    monthly_usd: Annotated[float, Field(gt=0)]


class UseCase(Part):
    """What is learned, from what, by which rules it may go live, and how it is watched.

    derived: what the features mean that features.py makes beside the columns, for explanations.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=20)]
    owner: str
    description: str
    problem: Literal["binary"]
    target: Target
    row_id: Name
    event_time: Name | None = None
    columns: Annotated[tuple[ColumnSpec, ...], Field(min_length=1)]
    derived: dict[Name, str] = Field(default_factory=dict)
    algorithm: Algorithm
    split: Split = Split()
    gates: Annotated[tuple[Gate, ...], Field(min_length=1)]
    serving: Serving = Serving()
    labels: Labels | None = None
    monitoring: Monitoring = Monitoring()
    retraining: Retraining = Retraining()
    budget: Budget

    @model_validator(mode="after")
    def _what_is_explained_is_open(self) -> Self:
        """A record masks personal values, and what is masked cannot be explained afterwards."""
        personal = [c.name for c in self.columns if c.personal]
        if self.monitoring.attribution and personal:
            raise ValueError(f"monitoring.attribution: personal columns are inputs: {personal}")
        return self

    @model_validator(mode="after")
    def _quiet_is_told_of_callers(self) -> Self:
        """Jobs ask a version by its number, so that `live` is quiet however much is scored."""
        if self.serving.mode == "batch" and self.monitoring.quiet_hours is not None:
            raise ValueError("monitoring.quiet_hours counts callers, which mode batch has none of")
        return self

    @model_validator(mode="after")
    def _labels_are_read(self) -> Self:
        if "labels" in self.retraining.on and self.labels is None:
            raise ValueError("retraining.on has `labels`, and the use case reads none (`labels`)")
        return self

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [c.name for c in self.columns]
        names += [self.row_id, self.target.column, *([self.event_time] if self.event_time else [])]
        twice = {n for n in names if names.count(n) > 1} | (set(names) & set(RECORD_FIELDS))
        # the row id is itself a field of the record
        if twice := twice - ({self.row_id} if names.count(self.row_id) == 1 else set()):
            raise ValueError(f"used twice, or reserved for the prediction record: {sorted(twice)}")
        return self

    @model_validator(mode="after")
    def _slices_are_columns(self) -> Self:
        open_ = {c.name for c in self.columns if not c.personal and c.type != "text"}
        if strangers := sorted(set(self.monitoring.quality.slices) - open_):
            raise ValueError(
                f"monitoring.quality.slices: no column, or personal, or a text: {strangers}"
            )
        return self

    @model_validator(mode="after")
    def _texts_are_recorded(self) -> Self:
        whole = sum(c.max_length for c in self.columns if c.max_length and not c.personal)
        if whole > RECORDED:
            raise ValueError(f"columns: {whole} characters of text, a record holds {RECORDED}")
        return self

    def contract(self) -> Contract:
        """The rules that a row of data and a request are held to."""
        return Contract(
            usecase=self.name,
            row_id=self.row_id,
            columns=tuple(
                Column(c.name, c.type, c.min, c.max, c.values, c.nullable, c.personal, c.max_length)
                for c in self.columns
            ),
            target=TargetRule(self.target.column, self.target.positive, self.target.negative),
            threshold=self.serving.threshold,
        )

    def to_json(self) -> str:
        """The same bytes for the same use case: it goes into packages whose hash must not move."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, indent=1)
