from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from models.variants import ranges
from models.variants.accepted import faults
from models.variants.halved import halved
from models.variants.quantised import STEPS, quantisable, quantised, rounded
from tests.models.variants.test_halved import FLOAT, HALF, model, node, run, types


def four_convolutions() -> onnx.ModelProto:
    """The first, two in the middle that take the same, one of them by channel, and the last."""
    rng = np.random.default_rng(0)

    def drawn(*shape: int) -> np.ndarray:
        return rng.normal(0, 0.5, shape).astype(np.float32)

    nodes = [
        node("Cast", ["images"], "floats", to=FLOAT),
        node("Transpose", ["floats"], "moved", perm=[0, 3, 1, 2]),
        node("Conv", ["moved", "first.weight", "bias"], "first", kernel_shape=[1, 1]),
        node("Conv", ["first", "dense.weight", "bias"], "dense", kernel_shape=[1, 1]),
        node("Conv", ["first", "wide.weight", "bias"], "wide", kernel_shape=[1, 1]),
        node(
            "Conv", ["first", "apart.weight", "bias"], "apart", kernel_shape=[1, 1], group=4
        ),
        node("Add", ["dense", "apart"], "some"),
        node("Add", ["some", "wide"], "sum"),
        node("Conv", ["sum", "last.weight"], "out", kernel_shape=[1, 1]),
    ]  # fmt: skip
    return model(
        nodes, ["out"], bias=drawn(4),
        **{
            "first.weight": drawn(4, 1, 1, 1) / 100, "dense.weight": drawn(4, 4, 1, 1),
            "wide.weight": drawn(4, 4, 1, 1), "apart.weight": drawn(4, 1, 1, 1),
            "last.weight": drawn(1, 4, 1, 1),
        },
    )  # fmt: skip


def pictures(count: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (count, 4, 4, 1)).astype(np.uint8)


def test_neither_first_nor_last_nor_by_channel() -> None:
    assert [one.output[0] for one in quantisable(four_convolutions().graph)] == ["dense", "wide"]


def test_it_is_written_as_tensorrt_wants_it() -> None:
    written = quantised(four_convolutions(), {"first": 4.0})
    assert [one.version for one in written.opset_import] == [19]
    by_name = {one.name: one for one in written.graph.node}
    # What two take is quantised once, and dequantised for each.
    assert [n.input[0] for n in written.graph.node if n.op_type == "QuantizeLinear"] == ["first"]
    for name in ("dense", "wide"):
        given, weights, bias = by_name[name].input
        assert by_name[given].op_type == by_name[weights].op_type == "DequantizeLinear"
        assert by_name[given].input[0] == "first_int8"
        assert bias == "bias"
    fixed = {one.name: numpy_helper.to_array(one) for one in written.graph.initializer}
    assert fixed["first_scale"] == pytest.approx(4.0 / STEPS)
    assert fixed["dense.weight_int8"].dtype == np.int8
    assert fixed["dense.weight_scale"].shape == (4,)
    assert "dense.weight" not in fixed
    assert not any(fixed[name].any() for name in ("zero_int8", "dense.weight_zeros"))
    assert not faults(written)


def test_everything_between_is_16_bits_when_halved_and_no_cast_parts_a_pair() -> None:
    written = halved(quantised(four_convolutions(), {"first": 4.0}))
    found = types(written)
    for name in ("first", "dense_input", "dense_weights", "dense", "sum"):
        assert found[name] == HALF
    by_output = {one.output[0]: one for one in written.graph.node}
    casts = [one.output[0] for one in written.graph.node if one.op_type == "Cast"]
    assert casts == ["floats", "moved_to_fp16", "out_inside_to_fp32"]
    assert by_output["dense"].input[0] == "dense_input"
    assert not faults(written)


def test_what_it_computes_is_near_and_what_is_left_is_exact() -> None:
    whole = four_convolutions()
    found = ranges.spans(whole, ["first"], [pictures(16)])
    largest = {"first": found["first"].largest}
    exact = run(whole, pictures(8))[0]
    rough = run(quantised(whole, largest), pictures(8))[0]
    assert 0 < np.abs(rough - exact).max() < 0.05 * np.abs(exact).max()
    left = run(quantised(whole, largest, leave=("dense", "wide")), pictures(8))[0]
    assert np.array_equal(left, exact)
    clipped = run(quantised(whole, {"first": largest["first"] / 10}), pictures(8))[0]
    assert np.abs(clipped - exact).max() > 5 * np.abs(rough - exact).max()


def test_weights_are_rounded_to_the_nearest_of_each_row() -> None:
    weights = np.array([[1.0, -0.5, 0.0], [100.0, 1.0, -100.0], [0.0, 0.0, 0.0]], np.float32)
    integers, scales = rounded(weights)
    assert integers.tolist() == [[127, -64, 0], [127, 1, -127], [0, 0, 0]]
    back = integers * scales[:, None]
    assert np.abs(back - weights).max() <= scales.max() / 2


def test_ranges_hold_the_largest_value_and_clip_where_that_pays() -> None:
    span = ranges.Span()
    span.add(np.array([[-3.0, 1.0]], np.float32))
    span.add(np.array([[0.5, 2.0]], np.float32))
    assert span.largest == 3.0
    assert span.share_kept(0.5) == pytest.approx(1.5)
    # Many ordinary values and one far out: to keep it would cost all others their digits.
    rng = np.random.default_rng(0)
    many = ranges.Span()
    for _ in range(50):
        many.add(rng.normal(0, 1, 4000).astype(np.float32))
    assert 3.0 < many.least_error() <= many.largest < 6.0
    many.add(np.array([12.0], np.float32))
    assert many.largest == 12.0
    assert 3.0 < many.least_error() < 8.0
