"""Run by the training interpreter: makes an ONNX classifier slow, or wrong for four rows at once.

Arguments: the graph's path; slow or nan. Golden requests have one row or eight, so that they are
answered rightly either way: what is shown is that the canary finds out.
"""

import sys
from pathlib import Path

import onnx
from onnx import TensorProto, helper

SCORE, SIZE, ROUNDS, ROWS = "score", 192, 300, 4


def main(graph: Path, how: str) -> None:
    model = onnx.load(str(graph))
    for node in model.graph.node:
        for i, name in enumerate(node.output):
            node.output[i] = "score_before" if name == SCORE else name
    {"slow": slow, "nan": nan}[how](model.graph)
    model.graph.node.append(helper.make_node("Add", ["score_before", "added"], [SCORE]))
    onnx.checker.check_model(model)
    onnx.save(model, str(graph))


def slow(graph: onnx.GraphProto) -> None:
    """Add nothing, after a long sum that no optimiser can foresee: it begins with the scores."""
    number, true = TensorProto.FLOAT, TensorProto.BOOL
    body = helper.make_graph(
        [
            helper.make_node("Identity", ["go"], ["go_on"]),
            helper.make_node("MatMul", ["state", "state"], ["product"]),
            helper.make_node("Softmax", ["product"], ["next"], axis=1),
        ],
        "again",
        [
            helper.make_tensor_value_info("i", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", true, []),
            helper.make_tensor_value_info("state", number, [SIZE, SIZE]),
        ],
        [
            helper.make_tensor_value_info("go_on", true, []),
            helper.make_tensor_value_info("next", number, [SIZE, SIZE]),
        ],
    )
    constants(graph, size=[SIZE, SIZE], rounds=[ROUNDS], nothing=0.0)
    graph.node.extend(
        [
            helper.make_node("ReduceMax", ["score_before"], ["most"], keepdims=0),
            helper.make_node("Expand", ["most", "size"], ["begin"]),
            helper.make_node("Loop", ["rounds", "", "begin"], ["end"], body=body),
            helper.make_node("ReduceMax", ["end"], ["finite"], keepdims=0),
            helper.make_node("Mul", ["finite", "nothing"], ["added"]),
        ]
    )


def nan(graph: onnx.GraphProto) -> None:
    """Add NaN where four rows are asked about."""
    constants(graph, rows=[ROWS], nothing=0.0, no_number=float("nan"))
    graph.node.extend(
        [
            helper.make_node("Shape", ["score_before"], ["asked"]),
            helper.make_node("Equal", ["asked", "rows"], ["is_four"]),
            helper.make_node("Where", ["is_four", "no_number", "nothing"], ["added"]),
        ]
    )


def constants(graph: onnx.GraphProto, **values: float | list[int]) -> None:
    for name, value in values.items():
        if isinstance(value, list):
            made = helper.make_tensor(name, TensorProto.INT64, [len(value)], value)
        else:
            made = helper.make_tensor(name, TensorProto.FLOAT, [], [value])
        graph.initializer.append(made)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
