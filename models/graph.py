"""What an ONNX file costs and is made of, read from its graph."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

# What TensorRT builds without surprises: convolution, pooling, resizing and arithmetic. The one
# cast is that of the input.
OPS_ALLOWED = frozenset(
    """Add AveragePool Cast Clip Concat Constant Conv Exp Gather Identity Log MaxPool Mul Neg
    Reshape Resize Sigmoid Slice Softmax Sub Transpose Unsqueeze""".split()  # noqa: SIM905 - easier to read
)


@dataclass(frozen=True)
class Cost:
    """What one picture costs: parameters (initialisers of layers) and multiply-adds."""

    parameters: int
    multiply_adds: int


def cost(file: Path) -> Cost:
    """Parameters and multiply-adds of convolutions and matrix products, counted in the graph."""
    model = onnx.shape_inference.infer_shapes(onnx.load(str(file)))
    graph = model.graph
    kernels = weights(graph)
    shapes = {
        v.name: [d.dim_value or 1 for d in v.type.tensor_type.shape.dim]
        for v in [*graph.value_info, *graph.output]
    }
    sums = 0
    for node in graph.node:
        if node.op_type == "Conv":
            sums += kernels[node.input[1]].size * int(np.prod(shapes[node.output[0]][2:]))
        elif node.op_type in ("MatMul", "Gemm"):
            raise ValueError(f"{node.name}: matrix products are not counted yet")
    layers = {name for node in graph.node if node.op_type == "Conv" for name in node.input[1:]}
    return Cost(sum(kernels[name].size for name in layers), sums)


def weights(graph: onnx.GraphProto) -> dict[str, NDArray[np.generic]]:
    """The graph's initialisers by name. Equal ones are kept once, and named again by Identity."""
    found = {i.name: numpy_helper.to_array(i) for i in graph.initializer}
    for node in graph.node:
        if node.op_type == "Identity" and node.input[0] in found:
            found[node.output[0]] = found[node.input[0]]
    return found


def drop_idle_casts(model: onnx.ModelProto) -> None:
    """Take out casts of floats to floats. Tracing writes one for each `.float()`, which training
    needs where it computes in 16 bits."""
    graph = onnx.shape_inference.infer_shapes(model).graph
    kinds = {v.name: v.type.tensor_type.elem_type for v in [*graph.input, *graph.value_info]}
    renamed: dict[str, str] = {}
    kept = []
    for node in model.graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]
        if node.op_type == "Cast" and kinds.get(node.input[0]) == node.attribute[0].i:
            renamed[node.output[0]] = node.input[0]
        else:
            kept.append(node)
    del model.graph.node[:]
    model.graph.node.extend(kept)
