"""Models with one fault each, made of a use case's champion and registered as Approved."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from cli import records
from cli.demo import sabotage
from cli.demo.story import Story

SCRIPT = Path(__file__).with_name("spoil_graph.py")


def champion(story: Story) -> dict[str, Any]:
    found = records.champion(story.place, story.deployed, story.name)
    assert found is not None
    return found


def register(story: Story, fault: str) -> str:
    """One of FAULTS, or inverted; the package's ARN."""
    of = champion(story)
    if fault == "inverted":
        return sabotage.register_inverted(story, of)
    if fault in ("slow", "nan"):
        spoil: sabotage.Spoil = partial(_graph, story, of["training_job"], fault)
    else:
        spoil = FAULTS[fault]
    return sabotage.register(story, of, fault, spoil)


def _graph(story: Story, training_job: str, how: str, folder: Path) -> None:
    sabotage.rewrite(story, training_job, SCRIPT, folder / "model.onnx", how)


def _wrong_on_golden(folder: Path) -> None:
    """It promises other answers than it gives."""
    _golden(folder, lambda score: score + 0.001)


def _same(folder: Path) -> None:
    """No fault: the same model under another hash, for a release that has to go well."""
    path = folder / "golden.jsonl"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")


def _broken_at_init(folder: Path) -> None:
    path = folder / "model.onnx"
    path.write_bytes(path.read_bytes()[:1000])


def _needs_another_column(folder: Path) -> None:
    path = folder / "contract.json"
    contract = json.loads(path.read_text(encoding="utf-8"))
    contract["columns"].append(contract["columns"][0] | {"name": "blood_type"})
    path.write_text(json.dumps(contract), encoding="utf-8")


def _golden(folder: Path, change: Callable[[float], float]) -> None:
    path = folder / "golden.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for prediction in lines[-1]["expected"]["predictions"]:
        prediction["score"] = change(prediction["score"])
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


FAULTS: dict[str, sabotage.Spoil] = {
    "wrong_on_golden": _wrong_on_golden,
    "broken_at_init": _broken_at_init,
    "needs_another_column": _needs_another_column,
    "same": _same,
}
