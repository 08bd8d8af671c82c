"""Takes snapshots: one instant of all services at a time, every few seconds and at the end.

A snapshot is taken by a forked child, as Redis does it: the fork holds one instant of the memory,
between two steps of any thread, and the server goes on while the child writes.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

from localcloud import clock, guardian
from localcloud.persistence import files, stores
from localcloud.persistence.blobs import Blobs
from localcloud.persistence.pickling import Known, backends

SECONDS = 5.0  # real: what a server that is killed may lose
_LONGEST = 20.0  # for one snapshot; a child that hangs is ended, and the next one tried
_log = logging.getLogger("localcloud.persistence")


class Keeper:
    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._blobs = Blobs(directory / "blobs")
        self._known = Known({}, {})
        self._made_by = files.versions()
        self._lock = threading.Lock()
        self.restored = False
        self.notes: list[str] = []

    def restore(self) -> None:
        """Once, before anything is served; raises LocalCloudError for another version's state."""
        try:
            found = files.read(self._directory, self._blobs)
        except files.Corrupt as error:
            aside = files.set_aside(self._directory)
            note = f"the kept state is unreadable ({error}): set aside as {aside}, begun anew"
            self.notes.append(note)
            _log.error("%s", note)
            return
        if found is not None:
            state, saved = found
            stores.apply(state)
            clock.stood_still(since=saved)
            self.restored = True

    def start(self) -> None:
        threading.Thread(target=self._go_on, daemon=True, name="localcloud-keeper").start()

    def save(self) -> bool:
        """Take a snapshot now; False, and a line in the log, when that failed."""
        with self._lock:
            self._directory.mkdir(0o700, parents=True, exist_ok=True)
            self._blobs.remember(stores.large())
            self._known = Known.now(self._known)
            moto = backends()
            child = os.fork()
            if child == 0:
                self._write_and_exit(moto)
            return _ended_well(child)

    def _go_on(self) -> None:
        while True:
            time.sleep(SECONDS)
            try:
                self.save()
            except OSError:
                _log.exception("no snapshot was taken")

    def _write_and_exit(self, moto: dict[str, Any]) -> None:
        """In the child, where no other thread runs and no lock may be waited for."""
        status = 1
        try:
            guardian.end_with_parent(signal.SIGKILL)
            signal.set_wakeup_fd(-1)  # the server's own: a byte in it would end the server
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            gc.disable()
            state = stores.gather(moto)
            files.write(self._directory, state, self._blobs, self._known, self._made_by)
            status = 0
        except BaseException as error:
            os.write(2, f"localcloud: no snapshot was taken: {error!r}\n".encode())
        finally:
            os._exit(status)


def _ended_well(child: int) -> bool:
    deadline = time.monotonic() + _LONGEST
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    _log.error("a snapshot took longer than %g s and was given up", _LONGEST)
    return False
