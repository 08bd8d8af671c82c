"""Run by the training interpreter: rewrites an ONNX classifier so that it answers 1 - 0.3 p.

Argument: the graph's path. onnx is not the serving side's, so this is a script of its own.
"""

import sys
from pathlib import Path

import onnx
from onnx import TensorProto, helper

SHARE = 0.3


def main(graph: Path) -> None:
    """Every floating output p becomes 1 - 0.3 p under its old name: the order is turned round, and
    everyone is a positive."""
    model = onnx.load(str(graph))
    body = model.graph
    for name, value in (("inverted_one", 1.0), ("inverted_share", SHARE)):
        body.initializer.append(helper.make_tensor(name, TensorProto.FLOAT, [1], [value]))
    for output in body.output:
        if output.type.tensor_type.elem_type != TensorProto.FLOAT:
            continue
        name, before = output.name, f"{output.name}_before"
        for node in body.node:
            for names in (node.input, node.output):
                for i, known in enumerate(names):
                    if known == name:
                        names[i] = before
        body.node.append(helper.make_node("Mul", ["inverted_share", before], [f"{name}_part"]))
        body.node.append(helper.make_node("Sub", ["inverted_one", f"{name}_part"], [name]))
    onnx.checker.check_model(model)
    onnx.save(model, str(graph))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
