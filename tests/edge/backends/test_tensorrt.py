"""The TensorRT backend on the strict fake: which lane a batch takes, what it refuses, what it says,
and that everything is given back whatever happens. `tests/seams` has what every backend promises.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from edge.backends.guarded import GuardedBackend
from edge.backends.nvidia.ports import CudaError, TensorRt
from edge.backends.onnx import OnnxBackend
from edge.backends.tensorrt import TensorRtBackend, buckets
from edge.errors import BadModel
from edge.ports import PictureBatch
from edge.zoo import Model
from tests.edge.test_onnx import FEATURES, PLACE, SIDE, model, network
from tests.support.fake_cuda import FakeCuda
from tests.support.fake_tensorrt import FakeTensorRt, plan, refuse, tidy

PEOPLE_OF_ONE = 9
FLOAT16 = 10


class Bench:
    """The least model, the fakes, and a backend on them; `batch` gives random pictures."""

    def __init__(self, folder: Path, *, memory_bytes: int = 2**30, captures: bool = True) -> None:
        self.model: Model = model(folder, network())
        self.cuda = FakeCuda(memory_bytes)
        self.trt = FakeTensorRt(self.cuda, captures=captures)

    def backend(self, made: bytes | None = None, batch_max: int = 8) -> TensorRtBackend:
        made = plan(network()) if made is None else made
        return TensorRtBackend(self.model, made, cast(TensorRt, self.trt), self.cuda, batch_max)

    def batch(self, count: int) -> PictureBatch:
        pictures = np.random.default_rng(count).integers(0, 256, (count, SIDE, SIDE, 3))
        return pictures.astype(np.uint8)

    def tidy(self) -> None:
        tidy(self.trt)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.mark.parametrize(
    ("batch_max", "sizes"),
    [(1, (1,)), (2, (1, 2)), (3, (1, 2, 3)), (8, (1, 2, 4, 8)), (16, (1, 2, 4, 8, 16))],
)
def test_batch_sizes_double_up_to_the_largest(batch_max: int, sizes: tuple[int, ...]) -> None:
    assert buckets(batch_max) == sizes


def test_every_size_of_batch_computes_what_onnx_runtime_does(bench: Bench) -> None:
    with OnnxBackend(bench.model) as reference, bench.backend() as backend:
        for count in (5, 1, 8, 3, 2, 7, 4, 6):
            batch = bench.batch(count)
            outputs, wanted = backend.infer(batch), reference.infer(batch)
            assert list(outputs) == ["people", "spill"]
            for name, output in outputs.items():
                assert output.shape == wanted[name].shape
                assert np.abs(output - wanted[name]).max() <= 1e-3
    bench.tidy()


def test_features_come_with_every_size_of_batch(bench: Bench, tmp_path: Path) -> None:
    data = network(place=PLACE)
    bench.model = model(tmp_path, data, FEATURES)
    with OnnxBackend(bench.model) as reference, bench.backend(plan(data)) as backend:
        for count in (5, 1, 8):
            outputs = backend.infer(bench.batch(count))
            wanted = reference.infer(bench.batch(count))
            assert list(outputs) == ["people", "spill", "features"]
            assert outputs["features"] == pytest.approx(wanted["features"], abs=1e-3)
    bench.tidy()


def test_a_plan_without_the_card_s_features_is_found_on_entering(
    bench: Bench, tmp_path: Path
) -> None:
    bench.model = model(tmp_path, network(place=PLACE), FEATURES)
    said = refused(bench, plan(network()))
    assert "it has images, people, spill; the card images, people, spill, features" in said


def test_each_batch_is_one_launch_of_a_graph(bench: Bench) -> None:
    with bench.backend() as backend:
        assert bench.cuda.launched == 0
        for launched, count in enumerate((1, 8, 5, 1), start=1):
            backend.infer(bench.batch(count))
            assert bench.cuda.launched == launched


def test_outputs_stay_when_the_next_batch_comes(bench: Bench) -> None:
    with bench.backend() as backend:
        first = backend.infer(bench.batch(2))
        kept = {name: output.copy() for name, output in first.items()}
        backend.infer(np.zeros((2, SIDE, SIDE, 3), np.uint8))
    for name, output in first.items():
        assert np.array_equal(output, kept[name])


def test_where_nothing_can_be_captured_it_runs_without_and_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bench = Bench(tmp_path, captures=False)
    with caplog.at_level(logging.WARNING, "edge.backends.tensorrt"), bench.backend() as backend:
        outputs = backend.infer(bench.batch(3))
    assert bench.cuda.launched == 0
    assert np.isfinite(outputs["spill"]).all()
    ours = [one.getMessage() for one in caplog.records if one.name == "edge.backends.tensorrt"]
    assert len(ours) == 1
    assert "no CUDA graphs" in ours[0]
    assert "operation not permitted when capturing" in ours[0]
    bench.tidy()


def refused(bench: Bench, made: bytes, **how: Any) -> str:
    with pytest.raises(BadModel) as raised, bench.backend(made, **how):
        pass
    said = str(raised.value)
    assert str(bench.model.path) in said
    assert "floorwatch engine build" in said
    assert "\n" not in said
    del raised  # its traceback holds what was being tried
    bench.tidy()
    return said


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (b"", "magicTag"),
        (b"garbage", "magicTag"),
        (plan(network(), version="10.13.3.9"), "not compatible: 10.13.3.9, not 10.3.0"),
        (plan(network(input="pixels")), "it has people, pixels, spill; the card images, "),
        (plan(network(spill="water")), "it has images, people, water; "),
        (plan(network(kind=1)), "images is TensorIOMode.INPUT of DataType.FLOAT, the card says "),
        (plan(network(side=96)), "images is (-1, 96, 96, 3), the card says N×64×64×3"),
        (plan(network(batch=1)), "images is (1, 64, 64, 3), the card says N×64×64×3"),
        (plan(network(), profile=(1, 2, 4)), "it takes 1 to 4 pictures, not 1 to 8"),
        (plan(network(), profile=(2, 4, 8)), "it takes 2 to 8 pictures, not 1 to 8"),
    ],
)
def test_a_plan_that_does_not_fit_is_found_on_entering(
    bench: Bench, made: bytes, words: str
) -> None:
    assert words in refused(bench, made)


@pytest.mark.parametrize(
    ("different", "words"),
    [({"columns": 6}, "its card says 2×A×9"), ({"stride": 16}, "its card says 2×8×8")],
)
def test_outputs_of_other_shapes_are_found_on_entering(
    bench: Bench, different: dict[str, int], words: str
) -> None:
    with pytest.raises(BadModel, match=words), bench.backend(plan(network(**different))):
        pass


CALLS = [
    "create_execution_context",
    "set_optimization_profile_async",
    "set_input_shape",
    "set_tensor_address",
    "execute_async_v3",
]


@pytest.mark.parametrize("call", CALLS)
def test_what_fails_on_entering_leaves_nothing_behind(bench: Bench, call: str) -> None:
    refuse(bench.trt, call)
    with pytest.raises(RuntimeError, match=r"TensorRT.*out of memory") as raised:
        bench.backend().__enter__()
    assert not isinstance(raised.value, CudaError)
    del raised
    bench.tidy()


def test_a_gpu_too_small_for_the_batches_is_a_fault_and_all_is_given_back(tmp_path: Path) -> None:
    bench = Bench(tmp_path, memory_bytes=4 * SIDE * SIDE * 3)
    with pytest.raises(CudaError, match="cudaMalloc: out of memory") as raised:
        bench.backend().__enter__()
    del raised
    bench.tidy()


def test_a_fault_while_running_comes_out_with_tensorrt_s_words(tmp_path: Path) -> None:
    bench = Bench(tmp_path, captures=False)
    words = "TensorRT did not run a batch: execute_async_v3: .*out of memory"
    with bench.backend() as backend:
        refuse(bench.trt, "execute_async_v3")
        with pytest.raises(RuntimeError, match=words):
            backend.infer(bench.batch(1))


class FallingGpu(FakeCuda):
    """After a fault of a real one every further call reports it, freeing too."""

    def __init__(self) -> None:
        super().__init__()
        self.fallen = False

    def stream_synchronize(self, stream: int) -> None:
        self._fall("cudaStreamSynchronize")
        super().stream_synchronize(stream)

    def free(self, address: int) -> None:
        self._fall("cudaFree")
        super().free(address)

    def stream_destroy(self, stream: int) -> None:
        self._fall("cudaStreamDestroy")
        super().stream_destroy(stream)

    def _fall(self, call: str) -> None:
        if self.fallen:
            raise CudaError(call, 700, "an illegal memory access was encountered")


def test_of_a_fault_of_the_gpu_the_first_word_counts(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.cuda = gpu = FallingGpu()
    bench.trt = FakeTensorRt(gpu)
    backend = bench.backend()

    def used() -> None:
        with backend:
            gpu.fallen = True
            backend.infer(bench.batch(1))

    with pytest.raises(CudaError, match="cudaStreamSynchronize: an illegal memory access"):
        used()
    assert any("while closing: CUDA: cuda" in one.getMessage() for one in caplog.records)
    with pytest.raises(RuntimeError, match="enter the backend"):
        backend.infer(bench.batch(1))


def test_a_fault_found_on_leaving_comes_out(bench: Bench) -> None:
    bench.cuda = gpu = FallingGpu()
    bench.trt = FakeTensorRt(gpu)
    with pytest.raises(CudaError, match="an illegal memory access"), bench.backend():
        gpu.fallen = True


def test_what_was_left_is_entered_again(bench: Bench) -> None:
    backend = bench.backend()
    with backend:
        first = backend.infer(bench.batch(3))
    bench.tidy()
    with backend:
        again = backend.infer(bench.batch(3))
    bench.tidy()
    assert all(np.array_equal(first[name], again[name]) for name in first)


def test_it_runs_on_the_thread_of_a_guard(bench: Bench) -> None:
    with GuardedBackend(bench.backend) as guarded:
        assert guarded.batch_max == 8
        assert np.isfinite(guarded.infer(bench.batch(4))["people"]).all()
        guarded.infer(bench.batch(1))


@pytest.mark.parametrize("count", [0, 9])
def test_a_batch_that_no_lane_takes_is_a_bug(bench: Bench, count: int) -> None:
    with bench.backend() as backend, pytest.raises(RuntimeError, match=f"{count} pictures"):
        backend.infer(np.zeros((count, SIDE, SIDE, 3), np.uint8))


def test_tensorrt_s_messages_reach_the_log(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "edge.backends.nvidia.log"):
        refused(bench, b"garbage")
    assert [(one.levelname, one.getMessage()) for one in caplog.records] == [
        ("ERROR", "TensorRT: Serialization assertion header.magicTag == kMAGIC failed.")
    ]


def test_nvidia_s_own_runtime_refuses_a_foreign_plan_in_its_own_words(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rtx = pytest.importorskip("tensorrt_rtx_bindings")
    cuda = FakeCuda()
    backend = TensorRtBackend(model(tmp_path, network()), b"garbage" * 99, rtx, cuda)
    with pytest.raises(BadModel, match=r"TensorRT does not load it: .*magicTag"), backend:
        pass
    assert any("magicTag" in one.getMessage() for one in caplog.records)
    cuda.tidy()
