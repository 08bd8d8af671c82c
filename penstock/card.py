"""The model card: what a person who never saw the code must know about a model."""

from collections.abc import Mapping, Sequence
from typing import Any


def render(
    spec: Mapping[str, Any],
    measured: Mapping[str, Mapping[str, float]],
    lineage: Mapping[str, Any],
) -> str:
    """Markdown from usecase.json, metrics by side and the lineage; the job's name is not in it."""
    target, serving, algorithm = spec["target"], spec["serving"], lineage["algorithm"]
    personal = [c["name"] for c in spec["columns"] if c["personal"]]
    return "\n".join(
        [
            f"# {spec['name']}",
            "",
            spec["description"],
            "",
            f"- Owner: {spec['owner']}",
            f"- Answers: the probability that `{target['column']}` is `{target['positive']}`; "
            f"from {serving['threshold']:g} on the label is `{target['positive']}`, "
            f"below it `{target['negative']}`",
            f"- Model: {algorithm['name']}, {_settings(algorithm)}",
            f"- Dataset version: `{lineage['dataset_version']}`; "
            f"{_rows(lineage['rows'])}. The rest of its lineage: lineage.json",
            f"- Personal columns: {', '.join(f'`{n}`' for n in personal) or 'none'}",
            "",
            "## Metrics",
            "",
            *_metrics(measured),
            "",
            "The gates are checked on a holdout that training never sees.",
            "",
            "## Inputs",
            "",
            *_inputs(spec["columns"]),
            "",
            *_unread(lineage.get("unread_texts", ())),
            "## Limits",
            "",
            "Outside these ranges and values a request is refused. Inside them, a population that "
            "has moved from the training rows (baseline.json) is what the drift alarm is for.",
            "",
        ]
    )


def _settings(algorithm: Mapping[str, Any]) -> str:
    own = {k: v for k, v in algorithm.items() if k not in ("name", "parameters") and v is not None}
    given = own | dict(algorithm.get("parameters", {}))
    return ", ".join(f"{name} {value}" for name, value in given.items())


def _rows(rows: Mapping[str, int]) -> str:
    return ", ".join(f"{n} rows for {side}" for side, n in rows.items())


def _metrics(measured: Mapping[str, Mapping[str, float]]) -> list[str]:
    sides = list(measured)
    lines = [f"| metric | {' | '.join(sides)} |", "|---|" + "---|" * len(sides)]
    for name in measured[sides[0]]:
        lines.append(f"| {name} | {' | '.join(f'{measured[s][name]:.4f}' for s in sides)} |")
    return lines


def _unread(texts: Sequence[str]) -> list[str]:
    if not texts:
        return []
    listed = ", ".join(f"`{name}`" for name in texts)
    return [f"The model does not see {listed}: no feature is made of free text by itself.", ""]


def _inputs(columns: list[Mapping[str, Any]]) -> list[str]:
    lines = ["| column | type | unit | may hold | description |", "|---|---|---|---|---|"]
    for c in columns:
        if c["values"] is not None:
            holds = ", ".join(c["values"])
        elif c["min"] is not None or c["max"] is not None:
            low, high = ("" if c[end] is None else f"{c[end]:g}" for end in ("min", "max"))
            holds = f"{low} to {high}"
        elif c["max_length"] is not None:
            holds = f"a text of at most {c['max_length']} characters"
        else:
            holds = "any"
        holds += ", or nothing" if c["nullable"] else ""
        lines.append(
            f"| {c['name']} | {c['type']} | {c['unit'] or ''} | {holds} "
            f"| {c['description'] or ''} |"
        )
    return lines
