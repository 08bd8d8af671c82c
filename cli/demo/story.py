"""All that the chapters share: where they act, on what, and what they found."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cli import asking
from cli.children import Children
from cli.demo.timeline import Timeline
from cli.demo.traffic import Call
from cli.stack import Stack
from cli.target import Target
from penstock.contract import Contract
from penstock.source import Source
from penstock.spec import UseCase

ENVIRONMENT = "dev"


class Unexpected(Exception):
    """Something that had to happen did not; `str()` says what was seen instead."""


@dataclass
class Story:
    usecase: UseCase
    source: Source
    timeline: Timeline
    children: Children
    target: Target | None = None
    stack: Stack | None = None
    checks: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    labels: list[dict[str, Any]] = field(default_factory=list)
    models: list[dict[str, Any]] = field(default_factory=list)
    releases: list[dict[str, Any]] = field(default_factory=list)
    refusal: dict[str, Any] | None = None
    drift: dict[str, Any] = field(default_factory=lambda: {"alarm": 0.0, "columns": []})
    drift_state: str = "UNKNOWN"
    retraining_started: bool = False
    calls: list[Call] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    _clients: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def contract(self) -> Contract:
        return self.usecase.contract()

    @property
    def name(self) -> str:
        return self.usecase.name

    @property
    def place(self) -> Target:
        """Where everything happens: known once the first chapter has brought it up."""
        if self.target is None:
            raise Unexpected("the local cloud is not up yet")
        return self.target

    @property
    def deployed(self) -> Stack:
        if self.stack is None:
            raise Unexpected("nothing is deployed yet")
        return self.stack

    @cached_property
    def live(self) -> asking.Ask:
        """Whatever answers of what was deployed; for several callers at once."""
        return asking.asker(self.place, self.deployed, max_pool_connections=10)

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request to what is live: its answer's body."""
        return self.live(json.dumps(request).encode()).body

    def aws(self, service: str) -> Any:
        """One client a service: making one costs more than most calls."""
        if service not in self._clients:
            self._clients[service] = self.place.client(service)
        return self._clients[service]

    def expect(self, what: str, held: bool, seen: str) -> None:
        """Record an expectation; one that did not hold ends the story."""
        self.checks.append({"what": what, "held": held, "seen": seen})
        self.timeline.say(f"{what}: {seen}", "✓" if held else "✗")
        if not held:
            raise Unexpected(f"{what}: expected, but {seen}")
