"""The job's settings: where SageMaker put things, and the hyperparameters it was given."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from penstock.contract import Contract
from training.errors import TrainingError

# sourcedir.tar.gz holds the use case beside train.py.
USECASE = Path(__file__).resolve().parent.parent / "usecase"


@dataclass(frozen=True)
class Job:
    """One training job. `spec` is usecase.json, as penstock.spec wrote it."""

    train: Path
    validation: Path
    model_dir: Path
    contract: Contract
    features: Path
    spec: Mapping[str, Any]
    seed: int
    given: Mapping[str, str]

    @classmethod
    def from_environment(cls, usecase: Path = USECASE) -> Self:
        given = _hyperparameters()
        spec = json.loads(_text(usecase / "usecase.json"))
        seed = given.get("seed", str(spec["algorithm"]["seed"]))
        if not seed.isdigit():
            raise TrainingError(
                f"seed {seed!r}", where="the hyperparameters", expected="a whole number from 0"
            )
        return cls(
            train=_folder("SM_CHANNEL_TRAIN"),
            validation=_folder("SM_CHANNEL_VALIDATION"),
            model_dir=_folder("SM_MODEL_DIR"),
            contract=Contract.from_dict(json.loads(_text(usecase / "contract.json"))),
            features=usecase / "features.py",
            spec=spec,
            seed=int(seed),
            given=given,
        )


def _hyperparameters() -> dict[str, str]:
    """As text, from SageMaker's own file: SM_HPS has been decoded, and makes 12e4 a number."""
    folder = os.environ.get("SM_INPUT_CONFIG_DIR")
    path = Path(folder) / "hyperparameters.json" if folder else None
    text = path.read_text(encoding="utf-8") if path and path.is_file() else None
    raw = json.loads(text if text is not None else os.environ.get("SM_HPS", "{}"))
    return {name: _plain(str(v)) for name, v in raw.items() if not name.startswith("sagemaker_")}


def _plain(text: str) -> str:
    """The SageMaker SDK sends a text as JSON, quotes and all; a state machine sends it bare."""
    return str(json.loads(text)) if len(text) > 1 and text[0] == text[-1] == '"' else text


def _folder(variable: str) -> Path:
    if variable not in os.environ:
        raise TrainingError(
            f"{variable} is not set", where="the environment", expected="what SageMaker sets"
        )
    return Path(os.environ[variable])


def _text(path: Path) -> str:
    if not path.is_file():
        raise TrainingError(
            f"{path.name} is missing", where=str(path.parent), expected="the use case's own file"
        )
    return path.read_text(encoding="utf-8")
