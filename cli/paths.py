"""Where a checkout keeps things: the only place that knows its folders."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STATE = ROOT / ".penstock"
CLOUD = STATE / "cloud"
DEMO = STATE / "demo"
LOGS = STATE / "logs"
# another folder of use cases: for tests, and for those who keep their forks elsewhere
USECASES = Path(os.environ.get("PENSTOCK_USECASES", ROOT / "usecases")).resolve()
CDK = ROOT / "node_modules" / ".bin" / "cdk"
PYTHON = Path(sys.executable)
TRAINING_PYTHON = STATE / "training" / "bin" / "python"
LAMBDA_PYTHON = STATE / "lambda" / "bin" / "python"


def data_dir() -> Path | None:
    """The folder of downloaded data that PENSTOCK_DATA names, if it does."""
    named = os.environ.get("PENSTOCK_DATA")
    return Path(named) if named else None


def shown(path: Path) -> str:
    """A path as a person would type it from here."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
