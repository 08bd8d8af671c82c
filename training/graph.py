"""One ONNX graph: the one-hot of the categories, the trees, the positive class's probability.

The graph's first half also makes the matrix that the trees are trained on, so that there is no
second implementation of the encoding that could differ.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper
from onnxmltools.convert import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType

from penstock.encoding import Encoding
from penstock.scorer import OUTPUT, session

MATRIX = "matrix"
OPSET, ML_OPSET, IR = 17, 3, 8  # old enough for every ONNX Runtime that the layers may hold


def matrix(encoding: Encoding, packed: dict[str, npt.NDArray[Any]]) -> npt.NDArray[np.float32]:
    """What the model sees, float32 [n, len(matrix_names)]; nan only where packed."""
    nodes, constants = _encode(encoding)
    output = helper.make_tensor_value_info(
        MATRIX, TensorProto.FLOAT, [None, len(encoding.matrix_names)]
    )
    encoder = _model(encoding, nodes, constants, output)
    made: npt.NDArray[np.float32] = session(encoder.SerializeToString()).run([MATRIX], packed)[0]
    return made


def build(encoding: Encoding, booster: Any) -> onnx.ModelProto:
    """The whole graph; its bytes depend on nothing but the encoding and the trees."""
    width = len(encoding.matrix_names)
    trees = convert_xgboost(
        booster, name="trees", initial_types=[(MATRIX, FloatTensorType([None, width]))]
    )
    nodes, constants = _encode(encoding)
    positive = helper.make_tensor("positive", TensorProto.INT64, [], [1])
    probabilities = trees.graph.output[1].name
    nodes += trees.graph.node
    nodes.append(
        helper.make_node("Gather", [probabilities, "positive"], [OUTPUT], name="pick", axis=1)
    )
    constants += [*trees.graph.initializer, positive]
    output = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None])
    model = _model(encoding, nodes, constants, output)
    onnx.checker.check_model(model, full_check=True)
    return model


def _encode(encoding: Encoding) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """Nodes from the inputs to MATRIX: numbers as they are, an unknown category all zeros."""
    if not encoding.categorical:
        return [helper.make_node("Identity", ["numeric"], [MATRIX], name="matrix")], []
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
    return nodes, [ones]


def _model(
    encoding: Encoding,
    nodes: list[onnx.NodeProto],
    constants: list[onnx.TensorProto],
    output: onnx.ValueInfoProto,
) -> onnx.ModelProto:
    widths = {
        "numeric": (TensorProto.FLOAT, len(encoding.numeric)),
        "categorical": (TensorProto.STRING, len(encoding.categorical)),
    }
    inputs = [
        helper.make_tensor_value_info(name, kind, [None, width])
        for name, (kind, width) in widths.items()
        if width
    ]
    graph = helper.make_graph(nodes, "penstock", inputs, [output], constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR, producer_name="penstock")
