"""The table for now, the figures for the project."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.ablation.trial import Result

RESULTS = Path(__file__).parent.parent / "results" / "ablation.json"
_console = Console(highlight=False, width=170)


def say(words: str) -> None:
    _console.print(words, markup=False)


def told(result: Result) -> None:
    mark = "missed " if result.missed else "NOT MISSED"
    say(f"{result.seconds:5.1f} s  {mark}  {result.statement}  [{result.segment}]")
    if not result.missed:
        say(f"         failure: {result.failure or 'none'}; denial: {result.denial or 'none'}")


def leave(results: Sequence[Result], *, partly: bool) -> None:
    """Of a run of some roles only, the file keeps the others' results."""
    table = Table("role", "actions", "segment", "denied", "what failed", "s", box=None)
    for one in results:
        actions = ", ".join(one.statement.actions)
        row = (one.statement.label, actions, one.segment, one.denial, one.failure)
        table.add_row(*(text[:60] for text in row), f"{one.seconds:.1f}")
    _console.print(table)
    rows = [one.plain() for one in results]
    if partly and RESULTS.exists():
        again = {(row["role"], tuple(row["actions"])) for row in rows}
        kept = json.loads(RESULTS.read_text(encoding="utf-8"))["statements"]
        rows = [r for r in kept if (r["role"], tuple(r["actions"])) not in again] + rows
    figures = {
        "removed": len(rows),
        "failures_seen": sum(row["missed"] for row in rows),
        "nobody_missed": sum(not row["missed"] and "beyond" not in row for row in rows),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    document = {**figures, "statements": rows}
    RESULTS.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    say(", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in figures.items()))
    for one in results:
        if one.beyond:
            say(f"not missed here: {one.statement}: {one.beyond}")
        if one.unused:
            say(f"let nothing through: {one.statement.label}: {', '.join(one.unused)}")
