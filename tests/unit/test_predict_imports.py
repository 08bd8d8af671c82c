"""What a cold start pays for, and what a function without a model says."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("boto3", "botocore", "pydantic", "aws_lambda_powertools", "pandas", "polars", "yaml")

SCRIPT = """
import json, sys
from functions.predict.handler import handler
import functions.predict.predictor
said = [handler({"instances": []}, None), handler({"requestContext": {}, "body": "{}"}, None)]
print(json.dumps({"modules": sorted({m.split(".")[0] for m in sys.modules}), "said": said}))
"""


def _fresh(script: str, task_root: Path) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(ROOT), "LAMBDA_TASK_ROOT": str(task_root)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_the_hot_path_imports_nothing_of_weight_and_a_model_is_not_needed(tmp_path: Path) -> None:
    found = _fresh(SCRIPT, tmp_path)
    modules, said = found["modules"], found["said"]
    assert isinstance(modules, list)
    assert isinstance(said, list)
    assert not set(HEAVY) & set(modules)
    bare, url = said
    assert bare["error"]["status"] == url["statusCode"] == 503
    assert "no model has been released yet" in bare["error"]["message"]


def test_the_release_needs_no_numpy() -> None:
    """Its layer has none: powertools and pydantic alone."""
    script = (
        "import json, sys\nimport functions.release.handler\n"
        "print(json.dumps({'modules': sorted({m.split('.')[0] for m in sys.modules})}))"
    )
    modules = _fresh(script, ROOT)["modules"]
    assert isinstance(modules, list)
    assert not {"numpy", "yaml", "onnxruntime", "boto3"} & set(modules)
