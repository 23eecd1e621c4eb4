"""What an ONNX file costs and is made of, read from its graph."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx

# What TensorRT builds without surprises: convolution, pooling, resizing and arithmetic.
OPS_ALLOWED = frozenset(
    """Add Clip Concat Constant Conv Div Exp Gather Identity Log MaxPool Mul Neg Reshape Resize
    Sigmoid Slice Softmax Sub Transpose Unsqueeze""".split()  # noqa: SIM905 - easier to read
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
    weights = {i.name: tuple(i.dims) for i in graph.initializer}
    for node in graph.node:  # equal weights are kept once, and named again
        if node.op_type == "Identity" and node.input[0] in weights:
            weights[node.output[0]] = weights[node.input[0]]
    shapes = {
        v.name: [d.dim_value or 1 for d in v.type.tensor_type.shape.dim]
        for v in [*graph.value_info, *graph.output]
    }
    sums = 0
    for node in graph.node:
        if node.op_type == "Conv":
            kernel = weights[node.input[1]]
            sums += int(np.prod(kernel)) * int(np.prod(shapes[node.output[0]][2:]))
        elif node.op_type in ("MatMul", "Gemm"):
            raise ValueError(f"{node.name}: matrix products are not counted yet")
    layers = {name for node in graph.node if node.op_type == "Conv" for name in node.input[1:]}
    return Cost(sum(int(np.prod(weights[name])) for name in layers), sums)
