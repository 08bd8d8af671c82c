"""Records that a thread may look through while another one adds to them.

MiniStack walks some of its stores as they are, which held while one event loop served everything.
Here Lambdas, jobs and deliveries take their roles' sessions and write their logs in threads of
their own. Upstream: a copy in `sts._evict_expired_sessions`, `s3._bucket_owner_account`,
`lambda_svc._sweep_extract_cache`, its look at a function's versions, and
`cloudwatch_logs._describe_log_groups`.
"""

from __future__ import annotations

from collections.abc import ItemsView, KeysView, ValuesView
from typing import Any, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Steady(dict[K, V]):
    """A dict whose views are of the moment when they were asked for, whoever adds or removes since.

    Only the views: with an iterator of its own, Python would no longer copy it in one go.
    """

    def keys(self) -> KeysView[K]:  # type: ignore[override]
        return self.copy().keys()

    def values(self) -> ValuesView[V]:  # type: ignore[override]
        return self.copy().values()

    def items(self) -> ItemsView[K, V]:  # type: ignore[override]
        return self.copy().items()


class _Records(Steady[K, dict[str, Any]]):
    """Of records of which each holds such a dict itself."""

    inner: str

    def __setitem__(self, key: K, record: dict[str, Any]) -> None:
        if not isinstance(record.get(self.inner), Steady):
            record[self.inner] = Steady(record.get(self.inner) or {})
        super().__setitem__(key, record)


class _LogGroups(_Records[K]):
    inner = "streams"


class _Functions(_Records[K]):
    inner = "versions"


def install() -> None:
    from ministack.services import cloudwatch_logs, lambda_svc, s3, sts

    sts._sessions = Steady(sts._sessions)
    lambda_svc._layers._data = Steady(lambda_svc._layers._data)
    _replace(lambda_svc._functions, _Functions())
    _replace(cloudwatch_logs._log_groups, _LogGroups())

    def owner(bucket: str) -> str | None:
        return next((account for account, name in list(s3._buckets._data) if name == bucket), None)

    s3._bucket_owner_account = owner


def _replace(store: Any, records: _Records[Any]) -> None:
    for key, record in store._data.items():
        records[key] = record
    store._data = records
