"""Small graphs with one fault each that TensorRT refuses, and the same graph without a fault.

images N×16×16×3 uint8 ─ Cast ─ Transpose ─ (Q ─ DQ ─) Conv ─ out N×8×16×16
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

SIDE, INTO, OUT = 16, 3, 8
Values = NDArray[np.generic]


@dataclass
class Draft:
    """A graph in the making: its nodes in order, and its fixed tensors by name."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    fixed: dict[str, Values] = field(default_factory=dict)
    out: int = TensorProto.FLOAT

    def add(self, operator: str, given: list[str], name: str, /, **attributes: object) -> None:
        """Append a node that writes one tensor, named as itself."""
        self.nodes.append(helper.make_node(operator, given, [name], name=name, **attributes))

    def model(self) -> onnx.ModelProto:
        """The graph as a file, unchecked: most are wrong by intention."""
        taken = helper.make_tensor_value_info("images", TensorProto.UINT8, ["n", SIDE, SIDE, INTO])
        given = helper.make_tensor_value_info("out", self.out, ["n", OUT, SIDE, SIDE])
        tensors = [numpy_helper.from_array(value, name) for name, value in self.fixed.items()]
        graph = helper.make_graph(self.nodes, "small", [taken], [given], tensors)
        opset = helper.make_opsetid("", 19)
        return helper.make_model(graph, opset_imports=[opset], ir_version=9)


def _begun(kind: int = TensorProto.FLOAT) -> Draft:
    """Up to the picture as floats, channels first: `floats`."""
    draft = Draft()
    draft.add("Cast", ["images"], "cast", to=kind)
    draft.add("Transpose", ["cast"], "floats", perm=[0, 3, 1, 2])
    rng = np.random.default_rng(0)
    draft.fixed["weights"] = rng.normal(0, 0.2, (OUT, INTO, 3, 3)).astype(np.float32)
    draft.fixed["bias"] = rng.normal(0, 0.2, OUT).astype(np.float32)
    return draft


def _convolved(draft: Draft, given: str, weights: str, bias: str) -> Draft:
    draft.add("Conv", [given, weights, bias], "out", kernel_shape=[3, 3], pads=[1, 1, 1, 1])
    return draft


def _quantised(
    draft: Draft, zero: Values, scale: Values | None = None, weights_zero: int = 0
) -> Draft:
    """`floats` and `weights` through 8 bits: `rough` and `rough_weights`."""
    draft.fixed["scale"] = np.array(2.0, np.float32) if scale is None else scale
    draft.fixed["zero"] = zero
    draft.add("QuantizeLinear", ["floats", "scale", "zero"], "int8")
    draft.add("DequantizeLinear", ["int8", "scale", "zero"], "rough")
    whole = draft.fixed.pop("weights")
    draft.fixed["weights_int8"] = np.rint(whole.astype(np.float64) * 100).astype(np.int8)
    draft.fixed["weights_scale"] = np.full(OUT, 0.01, draft.fixed["scale"].dtype)
    draft.fixed["weights_zeros"] = np.full(OUT, weights_zero, np.int8)
    names = ["weights_int8", "weights_scale", "weights_zeros"]
    draft.add("DequantizeLinear", names, "rough_weights", axis=0)
    return draft


ZERO = np.zeros((), np.int8)


def sound() -> onnx.ModelProto:
    """Nothing is wrong with it."""
    return _convolved(_quantised(_begun(), ZERO), "rough", "rough_weights", "bias").model()


def sound_in_16_bits() -> onnx.ModelProto:
    """Nothing is wrong with it either."""
    draft = _quantised(_begun(TensorProto.FLOAT16), ZERO, np.array(2.0, np.float16))
    draft.fixed["bias"] = draft.fixed["bias"].astype(np.float16)
    draft.out = TensorProto.FLOAT16
    return _convolved(draft, "rough", "rough_weights", "bias").model()


def _weights_of_32_bits_in_16() -> onnx.ModelProto:
    draft = _begun(TensorProto.FLOAT16)
    draft.fixed["bias"] = draft.fixed["bias"].astype(np.float16)
    return _convolved(draft, "floats", "weights", "bias").model()


def _sum_of_16_and_32_bits() -> onnx.ModelProto:
    draft = _begun()
    draft.add("Cast", ["floats"], "half", to=TensorProto.FLOAT16)
    draft.add("Add", ["floats", "half"], "sum")
    return _convolved(draft, "sum", "weights", "bias").model()


def _bias_of_int32() -> onnx.ModelProto:
    draft = _quantised(_begun(), ZERO)
    draft.fixed["bias"] = np.arange(OUT, dtype=np.int32)
    draft.fixed["bias_scale"] = np.full(OUT, 0.02, np.float32)
    draft.fixed["bias_zeros"] = np.zeros(OUT, np.int32)
    draft.add("DequantizeLinear", ["bias", "bias_scale", "bias_zeros"], "rough_bias", axis=0)
    return _convolved(draft, "rough", "rough_weights", "rough_bias").model()


def _zero_point() -> onnx.ModelProto:
    draft = _quantised(_begun(), np.array(3, np.int8))
    return _convolved(draft, "rough", "rough_weights", "bias").model()


def _zero_point_of_weights() -> onnx.ModelProto:
    draft = _quantised(_begun(), ZERO, weights_zero=3)
    return _convolved(draft, "rough", "rough_weights", "bias").model()


def _bytes_without_sign() -> onnx.ModelProto:
    draft = _quantised(_begun(), np.array(128, np.uint8))
    return _convolved(draft, "rough", "rough_weights", "bias").model()


def _bytes_moved() -> onnx.ModelProto:
    draft = _begun()
    del draft.nodes[:]
    draft.add("Transpose", ["images"], "moved", perm=[0, 3, 1, 2])
    draft.add("Cast", ["moved"], "floats", to=TensorProto.FLOAT)
    return _convolved(draft, "floats", "weights", "bias").model()


def _scale_from_the_picture() -> onnx.ModelProto:
    draft = _quantised(_begun(), ZERO)
    del draft.fixed["scale"]
    draft.nodes.insert(2, helper.make_node("ReduceMax", ["floats"], ["scale"], keepdims=0))
    return _convolved(draft, "rough", "rough_weights", "bias").model()


def _too_new() -> onnx.ModelProto:
    model = sound()
    model.opset_import[0].version = 26
    return model


def _scale_of_32_bits_in_16() -> onnx.ModelProto:
    draft = _quantised(_begun(TensorProto.FLOAT16), ZERO)
    draft.fixed["bias"] = draft.fixed["bias"].astype(np.float32)
    return _convolved(draft, "rough", "rough_weights", "bias").model()


REFUSED: dict[str, Callable[[], onnx.ModelProto]] = {
    "weights of 32 bits in a kernel of 16": _weights_of_32_bits_in_16,
    "a sum of 16 and 32 bits": _sum_of_16_and_32_bits,
    "a bias of int32": _bias_of_int32,
    "a zero point": _zero_point,
    "a zero point of weights": _zero_point_of_weights,
    "bytes without a sign": _bytes_without_sign,
    "bytes moved before their cast": _bytes_moved,
}
# TensorRT-RTX 1.7 builds these; ONNX forbids the first, and TensorRT 10.3 knows no such opset.
DOUBTED: dict[str, Callable[[], onnx.ModelProto]] = {
    "a scale of 32 bits on 16": _scale_of_32_bits_in_16,
    "a scale from the picture": _scale_from_the_picture,
    "a newer opset": _too_new,
}
