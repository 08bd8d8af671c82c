"""The processes of one job, one a host: they run together, and one that fails ends the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from localcloud.sagemaker.disk import Disk
from localcloud.sagemaker.logs import Logs
from localcloud.sagemaker.process import Process

_POLL_SECONDS = 0.05
_GRACE_AFTER_FAILURE = 2.0  # real seconds: AWS ends the other hosts at once


class InternalFailure(Exception):
    """What AWS answers for, and may try again: an instance was lost."""


@dataclass
class Member:
    disk: Disk
    process: Process
    logs: Logs
    code: int | None = None


@dataclass(frozen=True)
class Ending:
    """`why` is Completed, Failed, or what `watch` said; `failed` the first host that failed."""

    why: str
    failed: Member | None = None


def run(members: list[Member], watch: Callable[[], str | None], grace: float) -> Ending:
    """Until every process has ended. `watch` names the reason why they should, or None."""
    try:
        for member in members:
            member.process.start(member.logs.write)
        return _wait(members, watch, grace)
    finally:
        for member in members:
            member.process.kill()


def _wait(members: list[Member], watch: Callable[[], str | None], grace: float) -> Ending:
    why, failed = "Completed", None
    while running := [member for member in members if member.code is None]:
        for member in running:
            member.code = member.process.wait(_POLL_SECONDS / len(running))
            if member.code and why == "Completed":
                why, failed = "Failed", member
                _end(members, _GRACE_AFTER_FAILURE)
        if why == "Completed" and (told := watch()):
            why = told
            _end(members, grace)
    if failed and failed.code is not None and failed.code < 0:
        raise InternalFailure("We encountered an internal error. Please try again.")
    return Ending(why, failed)


def _end(members: list[Member], grace: float) -> None:
    for member in members:
        if member.code is None:
            member.process.end(grace)
