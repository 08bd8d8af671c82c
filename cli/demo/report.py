"""The page that a demo leaves behind: one file, nothing loaded from anywhere, no script."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from cli.demo.plots import drift, gates, road, traffic

TEMPLATE = "report.html.j2"


def render(story: Mapping[str, Any]) -> str:
    """HTML of a story:

    summary   what summary.json holds
    usecase   {name, description, target, served}; data {origin, licence, synthetic}
    checks    [{what, held, seen}], what was expected and whether it happened
    lanes, spans, chapters   see plots.road; a chapter may also say what it did (`told`: [str])
    files     [{name, rows_read, rows_accepted, rows_rejected, reasons: {reason: n}}]
    models    [{title, dataset_version, rows, gates: [see plots.gates], package}]
    releases  [{title, version, reason, result, why, percent_steps, verdict: [(name, value)],
              traffic: None or see cli.demo.traffic.seen}]
    refusal   the error object of a refused request
    drift     {alarm, columns: [{name, shift, drifted, labels, baseline, current}]}, any order
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["seconds"] = lambda value: f"{value:.1f} s"
    environment.filters["number"] = number
    environment.globals.update(
        plot_road=road.road,
        plot_gate=gates.gate,
        plot_shares=traffic.shares,
        plot_scores=traffic.scores,
        plot_ranking=drift.ranking,
        plot_bins=drift.bins,
    )
    columns = sorted(story["drift"]["columns"], key=lambda c: -c["shift"])
    ordered = {**story, "drift": {**story["drift"], "columns": columns}}
    return environment.get_template(TEMPLATE).render(ordered)


def number(value: float | int | None) -> str:
    """A figure as a person reads it: 1,234 and 0.9871 and 3.1e-08."""
    if value is None:
        return "n/a"
    if isinstance(value, int) or float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.4g}"
