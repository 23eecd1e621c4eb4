from __future__ import annotations

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from edge.backends.runtime import ort
from edge.ports import PictureBatch
from models.variants.accepted import faults
from models.variants.halved import NotHalved, halved
from tests.support import refused
from tests.support.refused import Values

FLOAT, HALF = TensorProto.FLOAT, TensorProto.FLOAT16


def model(nodes: list[onnx.NodeProto], outputs: list[str], **fixed: Values) -> onnx.ModelProto:
    """N×4×4×1 bytes as `images` through some nodes."""
    taken = helper.make_tensor_value_info("images", TensorProto.UINT8, ["n", 4, 4, 1])
    given = [helper.make_tensor_value_info(name, FLOAT, ["n", "c", "h", "w"]) for name in outputs]
    tensors = [numpy_helper.from_array(value, name) for name, value in fixed.items()]
    graph = helper.make_graph(nodes, "small", [taken], given, tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def node(operator: str, given: list[str], name: str, /, **attributes: object) -> onnx.NodeProto:
    return helper.make_node(operator, given, [name], name=name, **attributes)


def two_convolutions(gain: float = 0.5) -> onnx.ModelProto:
    """Bytes, a convolution, a step between, one more, and what is made of both: `wide` directly,
    `out` times a number that both parts of the graph need."""
    nodes = [
        node("Cast", ["images"], "floats", to=FLOAT),
        node("Transpose", ["floats"], "moved", perm=[0, 3, 1, 2]),
        node("Conv", ["moved", "weights"], "first", kernel_shape=[1, 1]),
        node("Mul", ["first", "shared"], "between"),
        node("Resize", ["between", "", "sizes"], "larger", mode="nearest"),
        node("Conv", ["larger", "weights"], "wide", kernel_shape=[1, 1]),
        node("Exp", ["first"], "beside"),
        node("Mul", ["wide", "shared"], "out"),
    ]
    return model(
        nodes,
        ["wide", "out", "beside"],
        weights=np.full((1, 1, 1, 1), gain, np.float32),
        shared=np.array(0.25, np.float32),
        sizes=np.array([1, 1, 2, 2], np.float32),
    )


def types(graph: onnx.ModelProto) -> dict[str, int]:
    found = onnx.shape_inference.infer_shapes(graph, strict_mode=True).graph
    values = [*found.value_info, *found.output]
    return {value.name: value.type.tensor_type.elem_type for value in values}


def run(graph: onnx.ModelProto, pictures: PictureBatch) -> list[NDArray[np.float32]]:
    session = ort.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    return list(session.run(None, {"images": pictures}))


def test_it_is_16_bits_between_convolutions_and_32_before_and_behind() -> None:
    half = halved(two_convolutions())
    found = types(half)
    inside = {name: kind for name, kind in found.items() if name in ("first", "between", "larger")}
    assert set(inside.values()) == {HALF}
    assert {found[name] for name in ("floats", "moved", "wide", "out", "beside")} == {FLOAT}
    assert not faults(half)


def test_inputs_and_outputs_keep_their_names_types_and_values() -> None:
    whole = two_convolutions()
    half = halved(whole)
    assert half.graph.input == whole.graph.input
    assert [one.name for one in half.graph.output] == [one.name for one in whole.graph.output]
    pictures = np.arange(32, dtype=np.uint8).reshape(2, 4, 4, 1)  # exact in 16 bits, halves too
    for ours, theirs in zip(run(half, pictures), run(whole, pictures), strict=True):
        assert ours.dtype == np.float32
        assert theirs.any()
        assert np.abs(ours - theirs).max() <= np.abs(theirs).max() / 2**10


def test_16_bits_are_kept_once_and_what_both_parts_need_twice() -> None:
    fixed = {one.name: one.data_type for one in halved(two_convolutions()).graph.initializer}
    assert fixed == {
        "weights_fp16": HALF, "shared": FLOAT, "shared_fp16": HALF, "sizes": FLOAT,
    }  # fmt: skip


def test_what_16_bits_cannot_hold_is_said() -> None:
    with pytest.raises(NotHalved, match=r"weights: 7e\+04 is too large for 16 bits"):
        halved(two_convolutions(7e4))
    with pytest.raises(NotHalved, match="no convolution"):
        halved(model([node("Cast", ["images"], "out", to=FLOAT)], ["out"]))


def test_the_model_given_stays_as_it_was() -> None:
    whole = two_convolutions()
    before = whole.SerializeToString()
    halved(whole)
    assert whole.SerializeToString() == before


def test_weights_in_8_bits_are_dequantised_to_16() -> None:
    half = halved(refused.sound())
    found = types(half)
    assert found["rough_weights"] == HALF
    assert found["rough"] == FLOAT  # before the first convolution
    assert not faults(half)
