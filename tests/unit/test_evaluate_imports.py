"""A function imports only what its layers hold: scan has polars, serve has ONNX Runtime."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = {"polars", "onnxruntime", "pydantic", "yaml", "boto3"}


@pytest.mark.parametrize(
    ("stage", "layer"),
    [
        ("ingest", {"polars"}),
        ("prepare", {"polars"}),
        ("evaluate", {"onnxruntime"}),
        ("monitor", {"polars"}),
    ],
)
def test_a_function_imports_what_its_layers_hold_and_no_more(stage: str, layer: set[str]) -> None:
    """Nor YAML and pydantic for a use case that was checked at synthesis; no client at start."""
    code = f"import sys, functions.{stage}.handler\nprint(*sorted({HEAVY!r} & sys.modules.keys()))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert set(done.stdout.split()) == layer
