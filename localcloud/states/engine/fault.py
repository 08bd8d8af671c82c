"""The ways in which a state ends without an output."""

from __future__ import annotations

from ministack.services.stepfunctions import _ExecutionError as Fault

TERMINAL = frozenset({"States.Runtime", "States.DataLimitExceeded"})

__all__ = ["TERMINAL", "Bad", "Ended", "Fault"]


class Bad(Exception):
    """What the definition asks of its data cannot be done: States.Runtime, which nothing catches.

    It becomes a Fault where the state's name and event are known."""


class Ended(Exception):
    """The execution, or the branch, was ended from outside: there is nothing left to do here."""
