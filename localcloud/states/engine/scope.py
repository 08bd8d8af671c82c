"""What a state sees: its execution, the context object, variables, and who may end it."""

from __future__ import annotations

import copy
import threading
import weakref
from dataclasses import dataclass, field
from typing import Any

from localcloud.clock import Signal
from localcloud.states.engine.fault import Ended


class Cancellation(Signal):
    """Ends what runs under it: children are set with their parent."""

    def __init__(self, parent: Cancellation | None = None) -> None:
        super().__init__()
        self._children: weakref.WeakSet[Cancellation] = weakref.WeakSet()
        self._adopting = threading.Lock()
        if parent is not None:
            parent._adopt(self)

    def _adopt(self, child: Cancellation) -> None:
        with self._adopting:
            self._children.add(child)
        if self.is_set():
            child.set()

    def set(self) -> None:
        super().set()
        with self._adopting:
            children = list(self._children)
        for child in children:
            child.set()


@dataclass
class Run:
    """One go at an execution: a redrive is another, on the same record.

    The record is MiniStack's and plain data; keys that begin with "_" are ours and not shown."""

    record: dict[str, Any]
    cancelled: Cancellation = field(default_factory=Cancellation)
    lock: threading.RLock = field(default_factory=threading.RLock)
    over: threading.Event = field(default_factory=threading.Event)  # none of its threads goes on

    @property
    def role(self) -> str:
        return str(self.record["_machine"]["roleArn"])

    @property
    def express(self) -> bool:
        return bool(self.record["_machine"].get("type") == "EXPRESS")


@dataclass
class Scope:
    """Where states of one level (the machine, a branch, an iteration) are.

    `place` is kept in the record: {"state", "input", "variables", "parts", "output"}; parts are
    the places of branches and iterations. A redrive starts from it."""

    run: Run
    language: str
    context: dict[str, Any]
    place: dict[str, Any]
    cancelled: Cancellation
    variables: dict[str, Any] = field(default_factory=dict)
    previous: int = 0
    jsonata: bool = False
    name: str = ""

    def inner(self, part: str, definition: dict[str, Any], **context: Any) -> Scope:
        """The scope of a branch or an iteration: it reads our variables and sets its own."""
        parts = self.place.setdefault("parts", {})
        return Scope(
            self.run,
            definition.get("QueryLanguage", self.language),
            {**copy.deepcopy(self.context), **context},
            parts.setdefault(part, {}),
            Cancellation(self.cancelled),
            copy.deepcopy(self.variables),
            self.previous,
        )

    def check(self) -> None:
        if self.cancelled.is_set():
            raise Ended
