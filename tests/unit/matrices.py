"""The matrix of a model twice: by the ONNX graph that it was trained on, and in numpy.

Runs in the training interpreter: MODEL_DIR COLUMNS.npz (features by name) OUT.npz
"""

import json
import sys
from pathlib import Path

import numpy as np

from penstock.encoding import Encoding
from penstock.matrix import matrix
from training import graph


def main(model_dir: Path, columns: Path, out: Path) -> None:
    encoding = Encoding.from_dict(json.loads((model_dir / "encoding.json").read_text()))
    found = np.load(columns)
    texts = {name: found[name].astype(object) for name in encoding.categorical}
    packed = encoding.pack({**found, **texts})
    np.savez(out, graph=graph.matrix(encoding, packed), numpy=matrix(encoding, packed))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
