"""How state becomes bytes: one pickle, so that what several records share stays shared."""

from __future__ import annotations

import copyreg
import io
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from localcloud.moto_backend import backend
from localcloud.persistence.blobs import Blobs

MOTO = ("sagemaker", "codedeploy", "applicationautoscaling")


@dataclass(frozen=True)
class Known:
    """What a pickle refers to or replaces, by the id of the object."""

    services: dict[int, str]
    keys: dict[int, tuple[Any, bytes]]

    @classmethod
    def now(cls, before: Known) -> Known:
        found = {id(key): key for key in _private_keys()}
        keys = {name: before.keys.get(name) or (key, _encoded(key)) for name, key in found.items()}
        return cls({id(store): name for name, store in backends().items()}, keys)


def backends() -> dict[str, Any]:
    """Those of moto's that are in use; the first use imports one."""
    used = [name for name in MOTO if f"moto.{name}.models" in sys.modules]
    return {name: backend(name) for name in used}


class Pickler(pickle.Pickler):
    """`used` names the blobs that were referred to.

    It runs in a forked child, so it takes no lock and calls into no library that does: moto's
    records and KMS's private keys (objects of OpenSSL) were found before, by `Known.now`."""

    def __init__(self, file: io.BytesIO, blobs: Blobs, known: Known) -> None:
        super().__init__(file, protocol=5)
        self._blobs, self._known, self.used = blobs, known, set[str]()
        self.dispatch_table = copyreg.dispatch_table.copy()
        for kind in (threading.Lock, threading.RLock):
            self.dispatch_table[type(kind())] = _fresh(kind)
        self.dispatch_table[threading.Event] = _fresh(threading.Event)

    def persistent_id(self, value: Any) -> tuple[str, str] | None:
        if type(value) is bytes and (name := self._blobs.name(value)):
            self.used.add(name)
            return "blob", name
        service = self._known.services.get(id(value))
        return ("moto", service) if service else None

    def reducer_override(self, value: Any) -> Any:
        if (key := self._known.keys.get(id(value))) is not None:
            return _load_private_key, (key[1],)
        return NotImplemented


class Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, blobs: Blobs) -> None:
        super().__init__(file)
        self._blobs = blobs

    def persistent_load(self, reference: tuple[str, str]) -> Any:
        kind, name = reference
        return self._blobs.get(name) if kind == "blob" else backend(name)


def _fresh(kind: Callable[[], Any]) -> Callable[[Any], Any]:
    """A lock or an event of a running server: the next one has its own."""
    return lambda _: (kind, ())


def _private_keys() -> Iterator[Any]:
    kms = sys.modules.get("ministack.services.kms")
    for record in list(kms._keys._data.values()) if kms else []:
        for name in ("_private_key", "_import_wrapping_key"):
            if record.get(name) is not None:
                yield record[name]


def _encoded(key: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization

    encoded: bytes = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return encoded


def _load_private_key(encoded: bytes) -> Any:
    from cryptography.hazmat.primitives import serialization

    return serialization.load_der_private_key(encoded, password=None)
