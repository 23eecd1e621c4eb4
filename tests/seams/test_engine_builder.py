"""What every `EngineBuilder` promises, asked of the fake one and of NVIDIA's own, which builds
without a GPU where the packages of TensorRT for RTX are installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec

import pytest

from edge.engines.faults import BuildRefused
from edge.engines.ports import BuildOptions, EngineBuilder
from edge.engines.tensorrt_builder import TensorRtBuilder
from tests.support.paper_builder import PaperBuilder
from tests.support.yellow import yellow_network

RTX = "tensorrt_rtx_bindings"
Build = Callable[[], EngineBuilder]


@pytest.fixture(params=["paper", RTX])
def build(request: pytest.FixtureRequest) -> Build:
    if request.param == "paper":
        return PaperBuilder
    if find_spec(RTX) is None:
        pytest.skip(f"{RTX} is not installed")
    return lambda: TensorRtBuilder(import_module(RTX))


def quiet(_doing: str, _done: float) -> None:
    pass


def test_a_network_becomes_a_plan_and_progress_only_grows(build: Build) -> None:
    told: list[tuple[str, float]] = []
    plan = build().build(yellow_network(), BuildOptions(), lambda *one: told.append(one))
    assert isinstance(plan, bytes)
    assert len(plan) > 100
    done = [fraction for _, fraction in told]
    assert done == sorted(done)
    assert done[0] == 0.0
    assert done[-1] == 1.0
    assert len(done) > 2
    assert all(words for words, _ in told)


def test_a_builder_builds_again_and_by_the_options(build: Build) -> None:
    builder = build()
    first = builder.build(yellow_network(), BuildOptions(), quiet)
    assert len(builder.build(yellow_network(), BuildOptions(), quiet)) == len(first)
    assert builder.build(yellow_network(), BuildOptions(1, 1), quiet) != first


@pytest.mark.parametrize(
    ("onnx", "options", "said"),
    [
        (b"no network at all", BuildOptions(), "says"),
        (yellow_network()[:200], BuildOptions(), "says"),
        (yellow_network(broken="Guess"), BuildOptions(), "Guess"),
        (yellow_network(), BuildOptions(input="pictures"), "images"),
    ],
    ids=["no onnx", "cut", "unknown operator", "another input"],
)
def test_what_cannot_be_built_is_refused_in_words_and_the_builder_goes_on(
    build: Build, onnx: bytes, options: BuildOptions, said: str
) -> None:
    builder = build()
    with pytest.raises(BuildRefused, match=said):
        builder.build(onnx, options, quiet)
    assert builder.build(yellow_network(), BuildOptions(), quiet)


def test_batches_that_do_not_fit_together_are_a_bug() -> None:
    with pytest.raises(ValueError, match="batches"):
        BuildOptions(batch_opt=8, batch_max=4)
