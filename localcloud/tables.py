"""The local cloud's own records, by name, so that they can be kept on disk as a whole.

A record is plain data that pickles. What runs (threads, processes, locks, clients) is kept beside
the tables, never in them: it does not outlive the server.
"""

from __future__ import annotations

from typing import Any

from localcloud.steady import Steady

_tables: dict[str, dict[str, Any]] = {}


def table(name: str) -> dict[str, Any]:
    """The one table of that name ("sagemaker.endpoints"), from a record's name to the record."""
    return _tables.setdefault(name, Steady())


def every() -> dict[str, dict[str, Any]]:
    return _tables
