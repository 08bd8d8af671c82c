"""A snapshot is read whole or not at all, and only by the version that wrote it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from localcloud.config import LocalCloudError
from localcloud.persistence import files
from localcloud.persistence.blobs import SMALLEST, Blobs
from localcloud.persistence.pickling import Known

LARGE = b"x" * SMALLEST


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    found = Blobs(tmp_path / "blobs")
    found.remember([LARGE])
    return found


def write(directory: Path, state: Any, blobs: Blobs, made_by: Any = None) -> None:
    files.write(directory, state, blobs, Known({}, {}), made_by or files.versions())


def read(directory: Path) -> Any:
    found = files.read(directory, Blobs(directory / "blobs"))
    return found and found[0]


def test_what_is_shared_stays_shared(tmp_path: Path, blobs: Blobs) -> None:
    one = {"a": LARGE}
    write(tmp_path, {"first": one, "second": [one]}, blobs)
    state = read(tmp_path)
    assert state == {"first": {"a": LARGE}, "second": [{"a": LARGE}]}
    assert state["second"][0] is state["first"]


def test_large_bytes_are_written_once_and_removed_when_nothing_has_them(
    tmp_path: Path, blobs: Blobs
) -> None:
    write(tmp_path, [LARGE, LARGE], blobs)
    written = list((tmp_path / "blobs").iterdir())
    assert len(written) == 1
    assert (tmp_path / "snapshot").stat().st_size < SMALLEST
    blobs.remember([])
    write(tmp_path, [], blobs)
    assert list((tmp_path / "blobs").iterdir()) == []
    blobs.remember([LARGE])  # it is there again
    write(tmp_path, [LARGE], blobs)
    assert read(tmp_path) == [LARGE]


def test_locks_and_events_come_back_new(tmp_path: Path, blobs: Blobs) -> None:
    event = threading.Event()
    event.set()
    write(tmp_path, {"lock": threading.Lock(), "event": event}, blobs)
    assert not read(tmp_path)["event"].is_set()


def test_nobody_else_may_read_it(tmp_path: Path, blobs: Blobs) -> None:
    write(tmp_path, {"secret": "s"}, blobs)
    assert (tmp_path / "snapshot").stat().st_mode & 0o077 == 0


def test_there_may_be_none(tmp_path: Path) -> None:
    assert read(tmp_path) is None


def test_another_versions_is_refused_in_one_line(tmp_path: Path, blobs: Blobs) -> None:
    write(tmp_path, {}, blobs, {**files.versions(), "ministack": "0.1"})
    with pytest.raises(LocalCloudError, match=r"ministack 0\.1 then, [^\n]*$"):
        read(tmp_path)


@pytest.mark.parametrize("damage", ["cut", "changed", "no header", "a blob is gone"])
def test_a_damaged_one_is_told_from_a_good_one(tmp_path: Path, blobs: Blobs, damage: str) -> None:
    write(tmp_path, {"a": LARGE, "b": 1}, blobs)
    path = tmp_path / "snapshot"
    good = path.read_bytes()
    if damage == "cut":
        path.write_bytes(good[:-3])
    if damage == "changed":
        path.write_bytes(good[:-3] + b"???")
    if damage == "no header":
        path.write_bytes(b"not it")
    if damage == "a blob is gone":
        next((tmp_path / "blobs").iterdir()).unlink()
    with pytest.raises(files.Corrupt):
        read(tmp_path)


def test_one_set_aside_is_still_there(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "snapshot").write_bytes(b"not it")
    aside = files.set_aside(kept)
    assert not kept.exists()
    assert (aside / "snapshot").read_bytes() == b"not it"
