"""A graph in 16 bits between its first convolution and its last, in 32 bits before and after.

What is strongly typed has its precision in the file: TensorRT 11 takes no other, and 10 need not.
So every kernel gets tensors of one type, and the casts stand where they can be read. Bytes minus
the mean stay 32 bits (they are exact there), and so do the boxes, logarithms and probabilities
behind the last convolutions: 1,000 pixels in 16 bits are known to half a pixel only.

`onnxconverter-common` and its copy in ONNX Runtime were tried first: the one's output is refused by
TensorRT's parser (types mixed in a kernel), the other's is no valid ONNX (casts behind their use).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
import onnx
from onnx import helper, numpy_helper

from alerts.errors import UserError

LARGEST = 65504.0  # of 16 bits (IEEE 754 binary16)
_FLOAT, _HALF = onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16
# Inputs that stay 32 bits whatever the others are, by operator.
_ALWAYS_FLOAT = {"Resize": (1, 2)}


class NotHalved(UserError):
    """A graph that 16 bits cannot hold."""


def halved(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy with 16 bits inside; inputs and outputs keep their names and types.

    Raises NotHalved where a weight is too large, or there is no convolution to be between.
    """
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    _outputs_apart(copy.graph)
    inside = _inside(copy.graph)
    if not inside:
        raise NotHalved("no convolution in the graph: there is nothing to compute in 16 bits")
    kinds = _kinds(copy)
    _halve_constants(copy.graph, inside)
    _cast_at_the_edges(copy.graph, inside, kinds)
    del copy.graph.value_info[:]
    onnx.checker.check_model(copy, full_check=True)
    return copy


def _outputs_apart(graph: onnx.GraphProto) -> None:
    """Have an Identity write every output that a convolution writes, so that it can be 32 bits."""
    direct = {name for node in graph.node if node.op_type == "Conv" for name in node.output}
    renamed = {one.name: f"{one.name}_inside" for one in graph.output if one.name in direct}
    for node in graph.node:
        node.input[:] = [renamed.get(name, name) for name in node.input]
        node.output[:] = [renamed.get(name, name) for name in node.output]
    for name, inner in renamed.items():
        graph.node.append(helper.make_node("Identity", [inner], [name], name=f"{name}_out"))


def _inside(graph: onnx.GraphProto) -> set[str]:
    """The outputs of all nodes between the first convolution and the last, both included, and of
    what turns weights into the floats that those take."""
    nodes = list(graph.node)
    before: set[str] = set()  # tensors that come from a convolution
    for node in nodes:
        if node.op_type == "Conv" or before & set(node.input):
            before.update(node.output)
    after: set[str] = set()  # tensors that a convolution needs
    for node in reversed(nodes):
        if node.op_type == "Conv" or after & set(node.output):
            after.update(node.input)
    fixed = {one.name for one in graph.initializer}
    for node in nodes:
        if node.op_type != "Constant" and set(node.input) <= fixed:
            fixed.update(node.output)
    return {
        name
        for node in nodes
        for name in node.output
        if node.op_type == "Conv" or name in before & after or name in fixed & after
    }


def _kinds(model: onnx.ModelProto) -> dict[str, int]:
    """The element type of every tensor of the graph."""
    graph = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph
    values = [*graph.input, *graph.value_info, *graph.output]
    return {value.name: value.type.tensor_type.elem_type for value in values}


def _halve_constants(graph: onnx.GraphProto, inside: set[str]) -> None:
    """Give the nodes inside their weights in 16 bits. What is needed outside too is kept twice."""
    fixed = {one.name: one for one in graph.initializer}
    for node in [one for one in graph.node if one.op_type == "Constant"]:
        if node.attribute[0].name == "value":
            fixed[node.output[0]] = node.attribute[0].t
    halves: dict[str, str] = {}
    for node, number, name in _operands(graph, inside):
        if name in fixed and fixed[name].data_type == _FLOAT:
            if name not in halves:
                halves[name] = f"{name}_fp16"
                graph.initializer.append(_half(fixed[name], halves[name]))
            node.input[number] = halves[name]
    needed = {name for node in graph.node for name in node.input}
    kept = [one for one in graph.initializer if one.name in needed]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    nodes = [one for one in graph.node if one.op_type != "Constant" or one.output[0] in needed]
    del graph.node[:]
    graph.node.extend(nodes)


def _half(tensor: onnx.TensorProto, name: str) -> onnx.TensorProto:
    values = numpy_helper.to_array(tensor)
    if not np.abs(values).max(initial=0.0) <= LARGEST:
        raise NotHalved(
            f"{tensor.name}: {np.abs(values).max():.3g} is too large for 16 bits ({LARGEST:g}); "
            "train on with weight decay, or use the model in 32 bits"
        )
    return numpy_helper.from_array(values.astype(np.float16), name)


def _operands(
    graph: onnx.GraphProto, inside: set[str]
) -> Iterable[tuple[onnx.NodeProto, int, str]]:
    """Every input of the nodes inside that goes by their precision: node, its number, its name."""
    for node in graph.node:
        if inside.isdisjoint(node.output):
            continue
        stays = _ALWAYS_FLOAT.get(node.op_type, ())
        yield from ((node, n, name) for n, name in enumerate(node.input) if n not in stays)


def _cast_at_the_edges(graph: onnx.GraphProto, inside: set[str], kinds: dict[str, int]) -> None:
    """Cast what goes in once, and what comes out once."""
    into: dict[str, str] = {}
    for node, number, name in _operands(graph, inside):
        if kinds.get(name) == _FLOAT and name not in inside:
            into.setdefault(name, f"{name}_to_fp16")
            node.input[number] = into[name]
    out = _needed_outside(graph, inside, kinds)
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        if inside.isdisjoint(node.output):
            node.input[:] = [out.get(name, name) for name in node.input]
        nodes.append(node)
        for name in list(node.output):
            if name in into:
                nodes.append(_cast(name, into[name], _HALF))
            if name in out:
                nodes.append(_cast(name, out[name], _FLOAT))
    first = [_cast(one.name, into[one.name], _HALF) for one in graph.input if one.name in into]
    ordered = [*first, *nodes]
    del graph.node[:]
    graph.node.extend(ordered)


def _needed_outside(
    graph: onnx.GraphProto, inside: set[str], kinds: dict[str, int]
) -> dict[str, str]:
    """Floats from inside that nodes outside take, and their names in 32 bits."""
    wanted: dict[str, None] = defaultdict()
    for node in graph.node:
        if inside.isdisjoint(node.output):
            wanted.update(dict.fromkeys(node.input))
    return {
        name: f"{name}_to_fp32" for name in wanted if name in inside and kinds.get(name) == _FLOAT
    }


def _cast(name: str, to: str, kind: int) -> onnx.NodeProto:
    return helper.make_node("Cast", [name], [to], name=to, to=kind)
