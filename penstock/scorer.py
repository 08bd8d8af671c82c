"""The one path from columns to a score: training, evaluation and predict all go through it."""

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from penstock import features
from penstock.contract import Columns, Contract
from penstock.encoding import Encoding
from penstock.errors import PenstockError

OUTPUT = "score"


class Scorer:
    """A model artifact, loaded. Scores one row as it scores many."""

    def __init__(self, model_dir: Path, *, features_sha256: str | None = None) -> None:
        """Load the four served files; other features than `features_sha256` are refused unrun."""
        self.contract = Contract.from_dict(_json(model_dir / "contract.json"))
        self.encoding = Encoding.from_dict(_json(model_dir / "encoding.json"))
        self._features = features.load(model_dir / "features.py", features_sha256)
        self._session = session(model_dir / "model.onnx")

    def score(self, columns: Columns) -> npt.NDArray[np.float64]:
        """The positive class's probability, float64 [n], of what Contract.parse returned."""
        packed = self.encoding.pack(self._features(columns))
        scores: npt.NDArray[np.float64] = self._session.run([OUTPUT], packed)[0].astype(np.float64)
        return scores

    def label(self, score: float) -> str:
        target = self.contract.target
        return target.positive if score >= self.contract.threshold else target.negative


def session(model: Path | bytes) -> ort.InferenceSession:
    """One thread: a Lambda has about one core, and rows are answered one after another."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3  # its warnings about the CPU would go to the record's stdout
    try:
        source = model if isinstance(model, bytes) else str(model)
        return ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own errors have no common type
        where = "the bytes given" if isinstance(model, bytes) else str(model)
        raise PenstockError(
            f"not loaded: {error}".splitlines()[0], where=where, expected="an ONNX model"
        ) from error


def _json(path: Path) -> dict[str, object]:
    try:
        found: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise PenstockError(
            f"not read: {error}", where=str(path), expected="a file of a model artifact"
        ) from error
    return found
