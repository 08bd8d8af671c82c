"""The prediction record: one line a captured instance, printed; the log carries it to the lake."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from penstock import record
from penstock.contract import MISSING_TEXT, Column, Columns, Contract

ID_BYTES = 12
Clean = Callable[[list[Any]], list[Any]]


def new_ids(count: int, now: float) -> list[str]:
    """Prediction ids: the day, so that a search can skip the others, and 96 bits of chance.

    From the system's source at each request: a seed would be frozen into a snapshot.
    """
    day, noise = _utc("%Y%m%d", int(now)), os.urandom(ID_BYTES * count).hex()
    width = 2 * ID_BYTES
    return [f"{day}-{noise[i * width : (i + 1) * width]}" for i in range(count)]


@dataclass(frozen=True)
class Capture:
    """How records are made: which share of them, and how a person is kept out of them."""

    contract: Contract
    environment: str
    rate: float
    model: dict[str, str]
    hmac_key: bytes | None
    _writers: dict[str, record.Writer] = field(default_factory=dict, init=False, compare=False)

    def lines(
        self,
        columns: Columns,
        row_ids: Sequence[str],
        ids: Sequence[str],
        scores: Sequence[float],
        labels: Sequence[str],
        *,
        version: str,
        alias: str,
        latency_ms: float,
    ) -> list[str]:
        """JSON lines; the first carries the request's metrics, even if no instance is captured."""
        now, write = time.time(), self._writer(version).line
        time_ms = int(now * 1000)
        metrics = {"latency_ms": latency_ms}
        shared = {"prediction_time": _iso(time_ms), "refused": False, "latency_ms": latency_ms}
        kept = [i for i, id_ in enumerate(ids) if record.is_captured(id_, self.rate)]
        inputs = self._inputs(columns, len(ids)) if kept else []
        records = [
            write(
                {
                    **shared,
                    "prediction_id": ids[i],
                    "row_id": row_ids[i],
                    "score": scores[i],
                    "label": labels[i],
                },
                dict(zip(self._names, inputs[i], strict=True)),
                metrics if n == 0 else None,
                alias=alias,
                time_ms=time_ms,
            )
            for n, i in enumerate(kept)
        ]
        if not records:  # without prediction_id: a carrier of metrics, no record for the lake
            return [write(shared, {}, metrics, alias=alias, time_ms=time_ms)]
        return records

    def refusal(self, reason: str, *, version: str, alias: str, latency_ms: float) -> str:
        """The line of a refused request: why, and nothing of what was sent."""
        now = time.time()
        fields = {
            "prediction_time": _iso(int(now * 1000)),
            "prediction_id": new_ids(1, now)[0],
            "refused": True,
            "reason": reason,
            "latency_ms": latency_ms,
        }
        write = self._writer(version).line
        metrics = {"latency_ms": latency_ms}
        return write(fields, {}, metrics, alias=alias, time_ms=int(now * 1000))

    def _writer(self, version: str) -> record.Writer:
        """One for each version that was asked: an instance of the function answers as one."""
        if version not in self._writers:
            self._writers[version] = record.Writer(
                {
                    "usecase": self.contract.usecase,
                    "environment": self.environment,
                    "function_version": version,
                    "model_package": self.model["model_package"],
                    "dataset_version": self.model["dataset_version"],
                }
            )
        return self._writers[version]

    def _inputs(self, columns: Columns, count: int) -> list[tuple[Any, ...]]:
        """The recorded values of each row, in the order of `_names`."""
        recorded = [
            clean(columns[name].tolist()) if clean else columns[name].tolist()
            for name, clean in self._plan
        ]
        return list(zip(*recorded, strict=True)) if recorded else [()] * count

    @cached_property
    def _names(self) -> list[str]:
        return [name for name, _ in self._plan]

    @cached_property
    def _plan(self) -> list[tuple[str, Clean | None]]:
        """Each recorded column and what is done to its values; without a key no personal one."""
        return [
            (c.name, self._masks(c) if c.personal else _without_missing if c.nullable else None)
            for c in self.contract.columns
            if self.hmac_key or not c.personal
        ]

    def _masks(self, column: Column) -> Clean:
        key, mask = self.hmac_key or b"", record.mask(column.type)

        def masked(values: list[Any]) -> list[Any]:
            return [v if v is None else mask(v, key) for v in _without_missing(values)]

        return masked


def _iso(time_ms: int) -> str:
    return f"{_utc('%Y-%m-%dT%H:%M:%S', time_ms // 1000)}.{time_ms % 1000:03}+00:00"


@lru_cache(maxsize=8)
def _utc(form: str, second: int) -> str:
    """Once a second and form; under load many requests share it."""
    return time.strftime(form, time.gmtime(second))


def _without_missing(values: list[Any]) -> list[Any]:
    """nan and "", a column's marks for missing, become null."""
    return [None if value == MISSING_TEXT or value != value else value for value in values]
