"""Where all state lies: MiniStack's scoped stores, our tables, moto's records, a few counters.

MiniStack keeps whatever belongs to an account in a scoped dict of its module, so no list of its
services is needed here; `PLAIN` names what it keeps elsewhere.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from typing import Any

from localcloud import tables
from localcloud.moto_backend import backend

State = dict[str, Any]
Name = tuple[str, str]  # (module, variable)

PLAIN: tuple[Name, ...] = (
    ("ministack.services.cloudformation.wait_conditions", "_handles"),
    ("ministack.services.dynamodb", "_stream_seq_counter"),
    ("ministack.services.ec2", "_default_initialized_scopes"),
    ("ministack.services.firehose", "_dest_counter"),
    ("ministack.services.kinesis", "_sequence_counter"),
    ("ministack.services.sts", "_sessions"),
)


def gather(moto: dict[str, Any]) -> State:
    """The stores themselves, not copies; takes no lock, so that a forked child may call it."""
    return {
        "scoped": {name: store._data for name, store in _scoped() if store._data},
        "plain": {
            (module, variable): getattr(sys.modules[module], variable)
            for module, variable in PLAIN
            if module in sys.modules
        },
        "tables": tables.every(),
        "moto": {service: vars(store) for service, store in moto.items()},
    }


def apply(state: State) -> None:
    """Into the stores themselves, since other modules hold them too."""
    for (module, variable), data in state["scoped"].items():
        store = getattr(importlib.import_module(module), variable)
        store._data.clear()
        store._data.update(data)
    for (module, variable), value in state["plain"].items():
        setattr(importlib.import_module(module), variable, value)
    for name, records in state["tables"].items():
        tables.table(name).clear()
        tables.table(name).update(records)
    for service, facts in state["moto"].items():
        vars(backend(service)).update(facts)


def large() -> Iterator[bytes]:
    """The bytes that are worth a blob: objects and their versions, packages, layers."""
    for module, variable in (
        ("s3", "_buckets"),
        ("s3", "_object_versions"),
        ("lambda_svc", "_functions"),
        ("lambda_svc", "_layers"),
    ):
        loaded = sys.modules.get(f"ministack.services.{module}")
        if loaded is not None:
            yield from _bytes_in(list(getattr(loaded, variable)._data.values()))


def _bytes_in(value: Any) -> Iterator[bytes]:
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, dict | list | tuple):
        for part in list(value.values() if isinstance(value, dict) else value):
            yield from _bytes_in(part)


def _scoped() -> Iterator[tuple[Name, Any]]:
    from ministack.core.responses import AccountRegionScopedDict, AccountScopedDict

    kinds, seen = (AccountScopedDict, AccountRegionScopedDict), set[int]()
    for module in sorted(name for name in sys.modules if name.startswith("ministack.")):
        for variable, value in list(vars(sys.modules[module]).items()):
            if isinstance(value, kinds) and id(value) not in seen:
                seen.add(id(value))
                yield (module, variable), value
