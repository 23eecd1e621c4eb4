"""A graph whose large convolutions compute in 8 bits, written as TensorRT wants it: explicitly.

    x ─ QuantizeLinear ─ int8 ─ DequantizeLinear ─┐
    weights in int8, a scale a channel ─ DequantizeLinear ─ Conv ─ as before
                                      bias as it was ─┘

Symmetric, no zero points: value = scale · int8, −127…127. Each convolution has a
DequantizeLinear of its own, what several take is quantised once. As they were stay the first
convolution, the last ones, those by channel or over fewer than 32 channels, and everything that is
no convolution: there 8 bits gain least (TensorRT's tensors of int8 hold channels by 32) and cost
most. Of all that 8 bits did to the shipped network's map of liquids, most came from the first
convolution over all channels (16 to 32), which has less than a hundredth of the work.

ONNX Runtime's own quantiser could be talked into this with seven of its options; it holds every
activation of every picture in memory, and its default (biases as int32) is what TensorRT refuses.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

STEPS = 127  # of an int8 to either side
CHANNELS_MIN = 32
OPSET = 19  # the first in which scales may have 16 bits


def quantisable(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """The convolutions that may compute in 8 bits: over all of many channels at once, neither first
    nor last, their weights in the file."""
    large = {one.name for one in graph.initializer if min(one.dims[:2], default=0) >= CHANNELS_MIN}
    behind: set[str] = set()  # tensors that come from a convolution
    found: list[onnx.NodeProto] = []
    for node in graph.node:
        if node.op_type == "Conv" and _groups(node) == 1 and node.input[1] in large:
            found += [node] if node.input[0] in behind else []
        if node.op_type == "Conv" or behind & set(node.input):
            behind.update(node.output)
    needed: set[str] = set()  # tensors that a convolution needs
    inner: set[str] = set()
    for node in reversed(graph.node):
        if needed & set(node.output):
            inner.update(node.output)
        if node.op_type == "Conv" or needed & set(node.output):
            needed.update(node.input)
    return [node for node in found if node.output[0] in inner]


def quantised(model: onnx.ModelProto, largest: Mapping[str, float]) -> onnx.ModelProto:
    """A copy in which the quantisable convolutions compute in 8 bits. `largest` is the largest
    absolute value that each of their inputs keeps: what is larger is clipped to it."""
    copy = onnx.version_converter.convert_version(model, OPSET)
    zero = numpy_helper.from_array(np.zeros((), np.int8), "zero_int8")
    weights = {one.name: numpy_helper.to_array(one) for one in copy.graph.initializer}
    added: list[onnx.TensorProto] = [zero]
    before: dict[str, list[onnx.NodeProto]] = {}  # nodes to put before a convolution
    written: set[str] = set()
    for node in quantisable(copy.graph):
        activation, kernel = node.input[0], node.input[1]
        front: list[onnx.NodeProto] = []
        if activation not in written:
            written.add(activation)
            scale = np.array(max(largest[activation], 1e-6) / STEPS, np.float32)
            added.append(numpy_helper.from_array(scale, f"{activation}_scale"))
            front.append(_node("QuantizeLinear", activation, activation, f"{activation}_int8"))
        front.append(
            _node("DequantizeLinear", f"{activation}_int8", activation, f"{node.name}_input")
        )
        if kernel not in written:
            written.add(kernel)
            integers, scales = rounded(weights[kernel])
            added.append(numpy_helper.from_array(integers, f"{kernel}_int8"))
            added.append(numpy_helper.from_array(scales, f"{kernel}_scale"))
            zeros = np.zeros(len(scales), np.int8)
            added.append(numpy_helper.from_array(zeros, f"{kernel}_zeros"))
        front.append(_weights(kernel, f"{node.name}_weights"))
        node.input[:2] = [f"{node.name}_input", f"{node.name}_weights"]
        before[node.output[0]] = front
    _rewritten(copy.graph, before, added)
    onnx.checker.check_model(copy, full_check=True)
    return copy


def rounded(weights: NDArray[np.generic]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Weights O×… as int8 and one scale a row: value ≈ scale · int8."""
    rows = weights.astype(np.float64).reshape(len(weights), -1)
    scales = (np.maximum(np.abs(rows).max(1), 1e-9) / STEPS).astype(np.float32)
    shape = (-1, *[1] * (weights.ndim - 1))
    integers = np.clip(np.rint(weights / scales.reshape(shape)), -STEPS, STEPS).astype(np.int8)
    return integers, scales


def _groups(node: onnx.NodeProto) -> int:
    return next((int(one.i) for one in node.attribute if one.name == "group"), 1)


def _node(operator: str, given: str, scaled_as: str, to: str) -> onnx.NodeProto:
    return helper.make_node(operator, [given, f"{scaled_as}_scale", "zero_int8"], [to], name=to)


def _weights(kernel: str, to: str) -> onnx.NodeProto:
    names = [f"{kernel}_int8", f"{kernel}_scale", f"{kernel}_zeros"]
    return helper.make_node("DequantizeLinear", names, [to], name=to, axis=0)


def _rewritten(
    graph: onnx.GraphProto,
    before: Mapping[str, list[onnx.NodeProto]],
    added: list[onnx.TensorProto],
) -> None:
    nodes = []
    for node in graph.node:
        nodes += [*before.get(node.output[0], []), node]
    del graph.node[:]
    graph.node.extend(nodes)
    needed = {name for node in nodes for name in node.input}
    kept = [one for one in [*graph.initializer, *added] if one.name in needed]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    del graph.value_info[:]
