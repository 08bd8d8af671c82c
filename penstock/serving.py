"""How a use case's model is served and released: the `serving` part of its file."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from penstock import shift
from penstock.part import Fraction, Part

Mode = Literal["lambda", "endpoint", "serverless_endpoint", "batch", "stream"]
Strategy = Literal["canary", "linear", "all_at_once", "shadow"]
# Modes in which the predict function answers; the others have a SageMaker endpoint.
FUNCTION_MODES = ("lambda", "batch", "stream")
# SageMaker shifts no traffic between serverless endpoints, and a batch job asks one version from
# its beginning to its end: there is nothing that a canary could have a share of.
UNDIVIDED_MODES = ("serverless_endpoint", "batch")
LONGEST_BAKE = 2880  # minutes: CodeDeploy's two days
# SageMaker's: between two steps, and of a whole update less an hour for its instances to start
LONGEST_STEP_OF_ENDPOINT, LONGEST_BAKE_OF_ENDPOINT = 60, 420


class Canary(Part):
    """`percent` of the traffic for so many `minutes`; linear: one `percent` more every `minutes`.

    Scores may differ from the champion's by a Kolmogorov-Smirnov distance of `max_score_shift`,
    and one of `visible_shift` must not slip through: it decides how many samples a verdict takes
    (penstock.ks.visible), of which each version gives at least `min_samples`.
    """

    percent: Annotated[int, Field(ge=1, le=50)] = 10
    minutes: Annotated[int, Field(ge=2, le=2880)] = 5
    min_samples: Annotated[int, Field(ge=20)] = 30
    visible_shift: Fraction = 0.5
    max_latency_ratio: Annotated[float, Field(ge=1)] = 2.0
    max_latency_ms: Annotated[float, Field(ge=0)] = 200.0
    max_refused_delta: Annotated[float, Field(ge=0, lt=1)] = 0.05
    ks_alpha: Annotated[float, Field(gt=0, le=0.05)] = 0.001
    max_score_shift: Fraction = 0.1

    @model_validator(mode="after")
    def _what_is_forbidden_is_more_than_what_is_allowed(self) -> Self:
        if self.visible_shift <= self.max_score_shift:
            raise ValueError(
                f"visible_shift must exceed max_score_shift ({self.max_score_shift:g})"
            )
        return self


class Shadow(Part):
    """Before its canary the challenger answers what the champion was asked, and no caller sees it.

    Of the newest `requests` within `hours` (an endpoint's: of those that come within the canary's
    `minutes`), at most a share of `max_disagreement` may get another label.
    """

    requests: Annotated[int, Field(ge=20, le=2000)] = 200
    hours: Annotated[int, Field(ge=1, le=168)] = 24
    max_disagreement: Fraction = 0.05


class Endpoint(Part):
    """Instances that bill while they wait; with `max_instances` above `instances` they scale.

    Two, which SageMaker puts into two zones; of one there is no part that could be a canary. Where
    one request in twenty takes longer than `max_latency_ms`, someone is told.
    """

    instance_type: Annotated[str, Field(pattern=r"^ml\.")] = "ml.m5.large"
    instances: Annotated[int, Field(ge=1)] = 2
    max_instances: Annotated[int, Field(ge=1)] | None = None
    invocations_per_instance: Annotated[int, Field(ge=1)] = 1000
    max_latency_ms: Annotated[float, Field(gt=0)] = 500.0

    @model_validator(mode="after")
    def _grows_upwards(self) -> Self:
        if self.most < self.instances:
            raise ValueError(f"max_instances must be at least instances ({self.instances})")
        return self

    @property
    def most(self) -> int:
        """How many instances there may be."""
        return self.max_instances or self.instances


class Serverless(Part):
    memory_mb: Literal[1024, 2048, 3072, 4096, 5120, 6144] = 2048
    max_concurrency: Annotated[int, Field(ge=1, le=200)] = 5


class Batch(Part):
    """A job is split into parts of so many rows; so many are scored at a time.

    A part that is scored holds three Lambdas: of the ten that a new account has, some are left.
    `native` is the quicker runtime: the model as it was trained, of which each part proves that it
    scores as the released version does; `graph` asks that version for every row.
    """

    rows_per_part: Annotated[int, Field(ge=100, le=200_000)] = 50_000
    max_concurrency: Annotated[int, Field(ge=1, le=1000)] = 2
    output: Literal["parquet", "csv", "jsonl"] = "parquet"
    runtime: Literal["native", "graph"] = "native"


class Stream(Part):
    """Kinesis streams bill while they wait.

    What has waited for `retry_hours` is given up: set apart with its batch. The alarm sounds when
    a record has waited for `late_minutes`.
    """

    shards: Annotated[int, Field(ge=1, le=100)] = 1
    batch_size: Annotated[int, Field(ge=1, le=1000)] = 100
    window_seconds: Annotated[int, Field(ge=0, le=60)] = 1
    retention_hours: Annotated[int, Field(ge=24, le=8760)] = 24
    retry_hours: Annotated[int, Field(ge=1, le=168)] = 12
    late_minutes: Annotated[int, Field(ge=1, le=1440)] = 5

    @model_validator(mode="after")
    def _given_up_before_it_is_gone(self) -> Self:
        if self.retry_hours >= self.retention_hours:
            raise ValueError(f"retry_hours must be below retention_hours ({self.retention_hours})")
        return self


class Serving(Part):
    """`mode` says how requests come; the part of the same name holds its settings."""

    mode: Mode = "lambda"
    strategy: Strategy = "canary"
    memory_mb: Annotated[int, Field(ge=256, le=3008)] = 1024
    timeout_seconds: Annotated[int, Field(ge=1, le=900)] = 10
    threshold: Fraction = 0.5
    capture_rate: Annotated[float, Field(ge=0, le=1)] = 1.0
    url: bool = False
    canary: Canary = Canary()
    shadow: Shadow = Shadow()
    endpoint: Endpoint = Endpoint()
    serverless_endpoint: Serverless = Serverless()
    batch: Batch = Batch()
    stream: Stream = Stream()

    @model_validator(mode="after")
    def _settings_are_of_the_mode(self) -> Self:
        of_modes = {"endpoint", "serverless_endpoint", "batch", "stream"}
        if strangers := sorted((self.model_fields_set & of_modes) - {self.mode}):
            raise ValueError(f"{', '.join(strangers)} without mode: {strangers[0]}")
        if self.url and self.mode != "lambda":
            raise ValueError(f"url is for mode lambda, not {self.mode}")
        return self

    @model_validator(mode="after")
    def _settings_are_of_the_strategy(self) -> Self:
        if "shadow" in self.model_fields_set and self.strategy != "shadow":
            raise ValueError("shadow without strategy: shadow")
        if self.bake_minutes > LONGEST_BAKE:
            raise ValueError(f"the shift takes {self.bake_minutes} of {LONGEST_BAKE} minutes")
        return self

    @model_validator(mode="before")
    @classmethod
    def _undivided_goes_all_at_once(cls, given: Any) -> Any:
        """Where nothing can be shifted in steps, nothing else is meant."""
        if isinstance(given, dict) and given.get("mode") in UNDIVIDED_MODES:
            return {"strategy": "all_at_once", **given}
        return given

    @model_validator(mode="after")
    def _an_endpoint_can_do_it(self) -> Self:
        if self.mode in UNDIVIDED_MODES and self.strategy != "all_at_once":
            raise ValueError(f"{self.mode} has strategy all_at_once, not {self.strategy}")
        if self.mode != "endpoint" or self.strategy == "all_at_once":
            return self
        if self.endpoint.instances < 2:
            raise ValueError(
                f"strategy {self.strategy} needs 2 instances or more: SageMaker tries at most half "
                "of them (with one: strategy all_at_once)"
            )
        if self.strategy == "linear" and self.canary.percent < 10:
            raise ValueError("an endpoint's linear steps are of 10 percent or more")
        if self.canary.minutes > LONGEST_STEP_OF_ENDPOINT:
            raise ValueError(f"an endpoint's step is {LONGEST_STEP_OF_ENDPOINT} minutes at most")
        if self.bake_minutes > LONGEST_BAKE_OF_ENDPOINT:
            raise ValueError(
                f"the shift takes {self.bake_minutes} of {LONGEST_BAKE_OF_ENDPOINT} minutes"
            )
        return self

    @property
    def bake_minutes(self) -> int:
        """How long both versions answer side by side."""
        return shift.bake_minutes(self.strategy, self.canary.percent, self.canary.minutes)

    @property
    def by_function(self) -> bool:
        """Does the predict function answer (and not a SageMaker endpoint)?"""
        return self.mode in FUNCTION_MODES
