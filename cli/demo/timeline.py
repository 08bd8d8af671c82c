"""What happens, as it happens: lines for a person now, spans and chapters for the page later."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape

LANES = (
    "deploy", "ingest", "prepare", "train", "evaluate", "register", "release", "predict", "monitor",
)  # fmt: skip


@dataclass(frozen=True)
class Span:
    """A stage at work, in seconds since the story began; state: ok, bad or run."""

    lane: str
    title: str
    start: float
    end: float
    state: str = "ok"


@dataclass
class Chapter:
    title: str
    start: float
    end: float = 0.0
    told: list[str] = field(default_factory=list)


class Timeline:
    """On a terminal it also shows what is being waited for; elsewhere only lines."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.chapters: list[Chapter] = []
        self.spans: list[Span] = []
        self._began = time.time()

    def now(self) -> float:
        return time.time() - self._began

    def since(self, moment: datetime) -> float:
        """An AWS timestamp on our clock."""
        return moment.timestamp() - self._began

    @contextmanager
    def chapter(self, title: str) -> Iterator[None]:
        chapter = Chapter(title, self.now())
        self.chapters.append(chapter)
        self.console.print(f"\n[bold cyan]{len(self.chapters)}. {escape(title)}[/]")
        try:
            yield
        finally:
            chapter.end = self.now()

    def say(self, words: str, mark: str = " ") -> None:
        """A line with its second; `mark` is a tick, a cross, or nothing."""
        colour = {"✓": "green", "✗": "red"}.get(mark, "dim")
        line = f"[dim]{self.now():6.1f} s[/] [{colour}]{mark}[/] {escape(words)}"
        self.console.print(line, soft_wrap=True)
        if self.chapters:
            self.chapters[-1].told.append(words)

    @contextmanager
    def waiting(self, words: str) -> Iterator[None]:
        with self.console.status(escape(words)):
            yield

    def span(self, lane: str, title: str, start: float, end: float, state: str = "ok") -> None:
        self.spans.append(Span(lane, title, start, end, state))

    def plain(self) -> dict[str, Any]:
        """The page's part of it; a chapter that was broken off ends now."""
        chapters = [asdict(c) | {"end": c.end or self.now()} for c in self.chapters]
        return {
            "lanes": list(LANES),
            "spans": [asdict(span) for span in self.spans],
            "chapters": chapters,
        }
