"""NVIDIA's own parser and builder, which need no GPU, build what ships and refuse what must be.

TensorRT-RTX is TensorRT's parser and builder for desktop GPUs: the same API, another back end. What
it cannot show here is that an engine computes the right thing: that needs the GPU, and is what the
self-test after every build is for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from edge.engines.faults import BuildRefused
from edge.engines.ports import BuildOptions
from edge.engines.tensorrt_builder import TensorRtBuilder
from edge.zoo import find, shipped
from tests.support import refused

trt = pytest.importorskip(
    "tensorrt_rtx_bindings", reason="NVIDIA's builder is for x86_64 Linux: pip install '.[test]'"
)

PROFILES = [(1, 1), (4, 8), (8, 16)]  # fastest at, and largest


def files() -> dict[str, Path]:
    """Every file of every model that ships, by model and precision."""
    found = {}
    for name in shipped():
        model = find(name, None)
        found[f"{name} fp32"] = model.path
        for precision, variant in model.card.variants.items():
            found[f"{name} {precision}"] = model.path.with_name(variant.file)
    return found


def built(content: bytes, opt: int = 4, most: int = 8) -> bytes:
    said: list[tuple[str, float]] = []
    options = BuildOptions(batch_opt=opt, batch_max=most)
    plan = TensorRtBuilder(trt).build(content, options, lambda *one: said.append(one))
    assert said[-1][1] == 1.0
    return plan


def test_the_model_ships_in_every_precision() -> None:
    assert {name for name in files() if name.startswith("first ")} == {
        "first fp32", "first fp16", "first int8",
    }  # fmt: skip


@pytest.mark.parametrize(("opt", "most"), PROFILES)
@pytest.mark.parametrize("name", files())
def test_what_ships_is_built(name: str, opt: int, most: int) -> None:
    assert len(built(files()[name].read_bytes(), opt, most)) > 500_000


@pytest.mark.parametrize("name", files())
def test_what_ships_is_read_with_the_cards_types(name: str) -> None:
    logger = trt.Logger(trt.Logger.ERROR)
    builder = trt.Builder(logger)
    typed = 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    network = builder.create_network(typed)
    parser = trt.OnnxParser(network, logger)
    assert parser.parse(files()[name].read_bytes())
    card = find(name.split(maxsplit=1)[0], None).card
    taken = network.get_input(0)
    assert (network.num_inputs, taken.name, taken.dtype) == (1, card.input.name, trt.uint8)
    assert tuple(taken.shape) == (-1, card.input.height, card.input.width, 3)
    outputs = [network.get_output(number) for number in range(network.num_outputs)]
    found = {one.name: one.dtype for one in outputs}
    assert found == dict.fromkeys(card.outputs, trt.float32)
    precision = trt.float32 if name.endswith("fp32") else trt.float16
    layers = [network.get_layer(number) for number in range(network.num_layers)]
    kernels = [one for one in layers if one.type == trt.LayerType.CONVOLUTION]
    assert len(kernels) > 100
    assert {one.get_output(0).dtype for one in kernels} == {precision}
    assert name.endswith("int8") == any(one.type == trt.LayerType.QUANTIZE for one in layers)


def test_small_sound_graphs_are_built() -> None:
    for model in (refused.sound(), refused.sound_in_16_bits()):
        assert small(model)


@pytest.mark.parametrize("name", refused.REFUSED)
def test_what_has_a_fault_is_refused(name: str) -> None:
    with pytest.raises(BuildRefused, match="TensorRT says: node"):
        small(refused.REFUSED[name]())


def small(model: Any) -> bytes:
    return built(model.SerializeToString())
