"""One ONNX graph: the one-hot of the categories, then the model, to the probability.

The graph's first half also makes the matrix that the model is trained on, so that there is no
second implementation of the encoding that could differ.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from penstock.encoding import Encoding
from penstock.scorer import OUTPUT, session

MATRIX = "matrix"
OPSET, ML_OPSET, IR = 17, 3, 8  # old enough for every ONNX Runtime that the layers may hold


@dataclass(frozen=True)
class Part:
    """A piece of a graph: its nodes, in the order of their running, and its constants."""

    nodes: list[onnx.NodeProto]
    constants: list[onnx.TensorProto]

    def node(self, does: str, takes: list[str], gives: str, **how: Any) -> None:
        """One more node, named as what it gives."""
        self.nodes.append(helper.make_node(does, takes, [gives], name=gives, **how))

    def constant(self, name: str, value: Any) -> str:
        """One more constant, float64; its name, to be taken by a node."""
        self.constants.append(numpy_helper.from_array(np.array(value, np.float64), name))
        return name


def matrix(encoding: Encoding, packed: dict[str, npt.NDArray[Any]]) -> npt.NDArray[np.float32]:
    """What the model sees, float32 [n, len(matrix_names)]; nan only where packed."""
    output = helper.make_tensor_value_info(
        MATRIX, TensorProto.FLOAT, [None, len(encoding.matrix_names)]
    )
    encoder = _model(encoding, _encode(encoding), output)
    made: npt.NDArray[np.float32] = session(encoder.SerializeToString()).run([MATRIX], packed)[0]
    return made


def build(encoding: Encoding, model: Part) -> onnx.ModelProto:
    """The whole graph, of a part that makes OUTPUT, float32 [n], of MATRIX."""
    encode = _encode(encoding)
    whole = Part(encode.nodes + model.nodes, encode.constants + model.constants)
    output = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None])
    made = _model(encoding, whole, output)
    onnx.checker.check_model(made, full_check=True)
    return made


def _encode(encoding: Encoding) -> Part:
    """Nodes from the inputs to MATRIX: numbers as they are, an unknown category all zeros."""
    if not encoding.categorical:
        return Part([helper.make_node("Identity", ["numeric"], [MATRIX], name="matrix")], [])
    texts = [f"text_{i}" for i in range(len(encoding.categorical))]
    hots = [f"hot_{i}" for i in range(len(encoding.categorical))]
    ones = helper.make_tensor("ones", TensorProto.INT64, [len(texts)], [1] * len(texts))
    nodes = [helper.make_node("Split", ["categorical", "ones"], texts, name="split", axis=1)]
    for name, text, hot in zip(encoding.categorical, texts, hots, strict=True):
        nodes.append(
            helper.make_node(
                "OneHotEncoder",
                [text],
                [hot],
                name=hot,
                domain="ai.onnx.ml",
                cats_strings=list(encoding.categories[name]),
                zeros=1,
            )
        )
    flat = ["flat"] if encoding.numeric else [MATRIX]
    nodes.append(helper.make_node("Concat", hots, ["hot"], name="join", axis=2))
    nodes.append(helper.make_node("Flatten", ["hot"], flat, name="flatten", axis=1))
    if encoding.numeric:
        nodes.append(
            helper.make_node("Concat", ["numeric", "flat"], [MATRIX], name="matrix", axis=1)
        )
    return Part(nodes, [ones])


def _model(encoding: Encoding, part: Part, output: onnx.ValueInfoProto) -> onnx.ModelProto:
    widths = {
        "numeric": (TensorProto.FLOAT, len(encoding.numeric)),
        "categorical": (TensorProto.STRING, len(encoding.categorical)),
    }
    inputs = [
        helper.make_tensor_value_info(name, kind, [None, width])
        for name, (kind, width) in widths.items()
        if width
    ]
    graph = helper.make_graph(part.nodes, "penstock", inputs, [output], part.constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR, producer_name="penstock")
