from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from edge.ports import PictureBatch
from models.variants import ranges
from models.variants.accepted import faults
from models.variants.halved import halved
from models.variants.quantised import STEPS, quantisable, quantised, rounded
from tests.models.variants.test_halved import FLOAT, HALF, model, node, run, types
from tests.support.refused import Values


def small() -> onnx.ModelProto:
    """The first convolution, two that take the same, one by channel, one over few channels and one
    from few, and the last."""
    rng = np.random.default_rng(0)

    def drawn(*shape: int, spread: float = 0.5) -> Values:
        return rng.normal(0, spread, shape).astype(np.float32)

    def conv(given: str, name: str, group: int = 1) -> onnx.NodeProto:
        names = [given, f"{name}.weight", f"{name}.bias"]
        return node("Conv", names, name, kernel_shape=[1, 1], group=group)

    nodes = [
        node("Cast", ["images"], "floats", to=FLOAT),
        node("Transpose", ["floats"], "moved", perm=[0, 3, 1, 2]),
        conv("moved", "first"), conv("first", "dense"), conv("first", "wide"),
        conv("first", "apart", 32), conv("first", "narrow"), conv("narrow", "back"),
        node("Add", ["dense", "apart"], "some"),
        node("Add", ["some", "wide"], "more"),
        node("Add", ["more", "back"], "sum"),
        conv("sum", "out"),
    ]  # fmt: skip
    shapes = {
        "first": (32, 1), "dense": (32, 32), "wide": (32, 32), "apart": (32, 1),
        "narrow": (16, 32), "back": (32, 16), "out": (1, 32),
    }  # fmt: skip
    fixed = {f"{name}.weight": drawn(*shape, 1, 1) for name, shape in shapes.items()}
    fixed |= {f"{name}.bias": drawn(shape[0]) for name, shape in shapes.items()}
    fixed["first.weight"] = drawn(32, 1, 1, 1, spread=0.005)  # it takes bytes
    return model(nodes, ["out"], **fixed)


def pictures(count: int) -> PictureBatch:
    return np.random.default_rng(1).integers(0, 256, (count, 4, 4, 1)).astype(np.uint8)


def test_neither_first_nor_last_nor_by_channel_nor_over_few() -> None:
    assert [one.output[0] for one in quantisable(small().graph)] == ["dense", "wide"]


def test_it_is_written_as_tensorrt_wants_it() -> None:
    written = quantised(small(), {"first": 4.0})
    assert [one.version for one in written.opset_import] == [19]
    by_name = {one.name: one for one in written.graph.node}
    # What two take is quantised once, and dequantised for each.
    assert [n.input[0] for n in written.graph.node if n.op_type == "QuantizeLinear"] == ["first"]
    for name in ("dense", "wide"):
        given, weights, bias = by_name[name].input
        assert by_name[given].op_type == by_name[weights].op_type == "DequantizeLinear"
        assert by_name[given].input[0] == "first_int8"
        assert bias == f"{name}.bias"
    fixed = {one.name: numpy_helper.to_array(one) for one in written.graph.initializer}
    assert fixed["first_scale"] == pytest.approx(4.0 / STEPS)
    assert fixed["dense.weight_int8"].dtype == np.int8
    assert fixed["dense.weight_scale"].shape == (32,)
    assert "dense.weight" not in fixed
    assert not any(fixed[name].any() for name in ("zero_int8", "dense.weight_zeros"))
    assert not faults(written)


def test_everything_between_is_16_bits_when_halved_and_no_cast_parts_a_pair() -> None:
    written = halved(quantised(small(), {"first": 4.0}))
    found = types(written)
    for name in ("first", "dense_input", "dense_weights", "dense", "sum"):
        assert found[name] == HALF
    by_output = {one.output[0]: one for one in written.graph.node}
    casts = [one.output[0] for one in written.graph.node if one.op_type == "Cast"]
    assert casts == ["floats", "moved_to_fp16", "out_inside_to_fp32"]
    assert by_output["dense"].input[0] == "dense_input"
    assert not faults(written)


def test_what_it_computes_is_near_unless_ranges_are_too_small() -> None:
    whole = small()
    largest = ranges.largest(whole, ["first"], [pictures(16)])
    exact = run(whole, pictures(8))[0]
    rough = run(quantised(whole, largest), pictures(8))[0]
    assert 0 < np.abs(rough - exact).max() < 0.1 * np.abs(exact).max()
    clipped = run(quantised(whole, {"first": largest["first"] / 10}), pictures(8))[0]
    assert np.abs(clipped - exact).max() > 3 * np.abs(rough - exact).max()


def test_weights_are_rounded_to_the_nearest_of_each_row() -> None:
    weights = np.array([[1.0, -0.5, 0.0], [100.0, 1.0, -100.0], [0.0, 0.0, 0.0]], np.float32)
    integers, scales = rounded(weights)
    assert integers.tolist() == [[127, -64, 0], [127, 1, -127], [0, 0, 0]]
    back = integers * scales[:, None]
    assert np.abs(back - weights).max() <= scales.max() / 2


def test_ranges_hold_the_largest_value_of_all_pictures() -> None:
    whole, seen = small(), pictures(6)
    apart = [ranges.largest(whole, ["first", "sum"], [one[None]]) for one in seen]
    together = ranges.largest(whole, ["first", "sum"], [seen[:2], seen[2:]])
    for name in ("first", "sum"):
        assert together[name] == pytest.approx(max(one[name] for one in apart))
        assert together[name] > min(one[name] for one in apart)
