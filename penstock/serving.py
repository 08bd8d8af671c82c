"""How a use case's model is served and released: the `serving` part of its file."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from penstock.part import Fraction, Part

Mode = Literal["lambda", "endpoint", "serverless_endpoint", "batch", "stream"]
Strategy = Literal["canary", "linear", "all_at_once", "shadow"]
# Modes in which the predict function answers; the others have a SageMaker endpoint.
FUNCTION_MODES = ("lambda", "batch", "stream")


class Canary(Part):
    percent: Annotated[int, Field(ge=1, le=50)] = 10
    minutes: Annotated[int, Field(ge=2, le=2880)] = 5
    min_samples: Annotated[int, Field(ge=1)] = 30
    max_latency_ratio: float = 2.0
    max_latency_ms: float = 200.0
    max_refused_delta: float = 0.05
    ks_alpha: Fraction = 0.001
    max_score_shift: Fraction = 0.1


class Endpoint(Part):
    """Instances that bill while they wait; with `max_instances` above `instances` they scale."""

    instance_type: Annotated[str, Field(pattern=r"^ml\.")] = "ml.m5.large"
    instances: Annotated[int, Field(ge=1)] = 1
    max_instances: Annotated[int, Field(ge=1)] = 1
    invocations_per_instance: Annotated[int, Field(ge=1)] = 1000

    @model_validator(mode="after")
    def _grows_upwards(self) -> Self:
        if self.max_instances < self.instances:
            raise ValueError(f"max_instances must be at least instances ({self.instances})")
        return self


class Serverless(Part):
    memory_mb: Literal[1024, 2048, 3072, 4096, 5120, 6144] = 2048
    max_concurrency: Annotated[int, Field(ge=1, le=200)] = 5


class Batch(Part):
    """A job is split into parts of so many rows; so many are scored at a time."""

    rows_per_part: Annotated[int, Field(ge=100, le=1_000_000)] = 50_000
    max_concurrency: Annotated[int, Field(ge=1, le=1000)] = 5
    output: Literal["parquet", "csv", "jsonl"] = "parquet"


class Stream(Part):
    """Kinesis streams bill while they wait."""

    shards: Annotated[int, Field(ge=1, le=100)] = 1
    batch_size: Annotated[int, Field(ge=1, le=1000)] = 100
    window_seconds: Annotated[int, Field(ge=0, le=60)] = 1
    retention_hours: Annotated[int, Field(ge=24, le=8760)] = 24


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

    @property
    def by_function(self) -> bool:
        """Does the predict function answer (and not a SageMaker endpoint)?"""
        return self.mode in FUNCTION_MODES
