"""What TensorRT's parser refuses, found in the graph, with no TensorRT at hand.

Each rule was seen to be one: the tests hold the same broken models to these rules and to NVIDIA's
own parser and builder (`tests/models/variants/test_tensorrt_rtx.py`), which must agree. A file that
breaks one is not written.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import onnx
from onnx import numpy_helper

from models.graph import OPS_ALLOWED

OPS = OPS_ALLOWED | {"QuantizeLinear", "DequantizeLinear"}
# Of what we ship in 8 bits, and the newest that a parser of NVIDIA's was seen to take. That of
# TensorRT 10 takes opsets 9 to 20 by its own table (onnx-tensorrt, docs/operators.md of 10.0); one
# of 10.3 was not at hand to ask.
OPSET_MAX = 19
_T = onnx.TensorProto
_FLOATS = {_T.FLOAT, _T.FLOAT16, _T.BFLOAT16, _T.DOUBLE}
_KNOWN = {_T.FLOAT, _T.FLOAT16, _T.INT8, _T.UINT8, _T.INT32, _T.INT64, _T.BOOL}


def faults(model: onnx.ModelProto) -> list[str]:
    """What TensorRT will not build of this graph, a line each; empty where it will."""
    kinds, fixed = _kinds(model), _fixed(model.graph)
    found = [f"opset {_opset(model)}: {OPSET_MAX} is the newest that was tried with TensorRT"]
    found = found if _opset(model) > OPSET_MAX else []
    for node in model.graph.node:
        called = f"{node.op_type} {node.name or node.output[0]}"
        if node.op_type not in OPS:
            found.append(f"{called}: not among the operators that are known to build")
        found += [f"{called}: {what}" for what in _of_node(node, kinds, fixed)]
    return found


def _of_node(
    node: onnx.NodeProto, kinds: dict[str, int], fixed: dict[str, onnx.TensorProto]
) -> Iterator[str]:
    given = [kinds.get(name, _T.UNDEFINED) for name in node.input if name]
    strange = {kind for kind in given if kind not in _KNOWN and kind != _T.UNDEFINED}
    if strange:
        names = ", ".join(_T.DataType.Name(kind) for kind in sorted(strange))
        yield f"computes with {names}, which TensorRT has not"
    if node.op_type not in ("Cast", "Constant") and _T.UINT8 in given[:1]:
        yield "takes bytes, which may feed a Cast and nothing else"
    if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
        yield from _of_quantiser(node, kinds, fixed)
    elif node.op_type not in ("Cast", "Resize"):
        floats = {kind for kind in given if kind in _FLOATS}
        if len(floats) > 1:
            yield "mixes 16 and 32 bits, and a kernel has one type"


def _of_quantiser(
    node: onnx.NodeProto, kinds: dict[str, int], fixed: dict[str, onnx.TensorProto]
) -> Iterator[str]:
    if node.op_type == "DequantizeLinear" and kinds.get(node.input[0]) != _T.INT8:
        yield "does not take int8: leave biases in floats"
    if node.op_type == "QuantizeLinear" and kinds.get(node.input[0]) != kinds.get(node.input[1]):
        yield "its scale is not of its input's type"
    zero = fixed.get(node.input[2]) if len(node.input) > 2 else None
    if zero is not None and zero.data_type != _T.INT8:
        yield "is not of int8: TensorRT has no uint8 arithmetic"
    if zero is not None and np.any(numpy_helper.to_array(zero)):
        yield "has a zero point that is not 0: quantise symmetrically"
    if node.input[1] not in fixed:
        yield "its scale is not fixed in the file"


def _kinds(model: onnx.ModelProto) -> dict[str, int]:
    """The element type of every tensor, as far as ONNX can tell of a broken graph."""
    graph = onnx.shape_inference.infer_shapes(model).graph
    values = [*graph.input, *graph.value_info, *graph.output]
    kinds = {value.name: value.type.tensor_type.elem_type for value in values}
    return kinds | {name: tensor.data_type for name, tensor in _fixed(graph).items()}


def _fixed(graph: onnx.GraphProto) -> dict[str, onnx.TensorProto]:
    found = {one.name: one for one in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            found[node.output[0]] = node.attribute[0].t
    return found


def _opset(model: onnx.ModelProto) -> int:
    return max((one.version for one in model.opset_import if one.domain == ""), default=0)
