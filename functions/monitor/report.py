"""The drift of each column, as numbers that a page can draw."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from penstock import drift


def compare(
    entries: Mapping[str, Mapping[str, Any]], shares: Mapping[str, list[float]]
) -> dict[str, dict[str, Any]]:
    """PSI of each field with both sides' share of every bin, the most drifted first."""
    found = {}
    for name, entry in entries.items():
        expected = drift.expected(dict(entry))
        found[name] = {
            "psi": drift.psi(expected, shares[name]),
            "kind": entry["kind"],
            "bins": bins(entry),
            "expected": expected,
            "actual": shares[name],
        }
    return dict(sorted(found.items(), key=lambda item: -item[1]["psi"]))


def bins(entry: Mapping[str, Any]) -> list[str]:
    """A label for each bin, in the order of `penstock.drift`."""
    if entry["kind"] != "numeric":
        return [*entry["values"], "other", "missing"]
    edges = [f"{edge:.4g}" for edge in entry["edges"]]
    if not edges:
        return ["any", "missing"]
    between = [f"{low} to {high}" for low, high in pairwise(edges)]
    return [f"below {edges[0]}", *between, f"from {edges[-1]}", "missing"]
