"""The fake of CUDA and TensorRT is worth as much as what it refuses: each rule, broken once."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import numpy as np
import pytest

from edge.backends.nvidia.ports import CudaError
from edge.ports import FloatBatch
from tests.edge.test_onnx import SIDE, network
from tests.support.fake_cuda import FakeCuda, ProtocolBroken
from tests.support.fake_tensorrt import FakeTensorRt, ICudaEngine, plan, tidy
from tests.support.fake_tensorrt_context import IExecutionContext

SHAPE = (2, SIDE, SIDE, 3)
SIZES = {"images": 2 * SIDE * SIDE * 3, "people": 2 * 9 * 4, "spill": 2 * 8 * 8 * 4}


@dataclass
class Bench:
    """A context with everything set, on a stream, with pinned memory of each tensor's size."""

    cuda: FakeCuda
    trt: FakeTensorRt
    engine: ICudaEngine
    context: IExecutionContext
    stream: int
    device: dict[str, int]
    host: dict[str, int]

    def enqueue(self) -> None:
        self.cuda.copy_in(self.device["images"], self.host["images"], SIZES["images"], self.stream)
        assert self.context.execute_async_v3(self.stream)
        for name in ("people", "spill"):
            self.cuda.copy_out(self.host[name], self.device[name], SIZES[name], self.stream)

    def run(self) -> None:
        self.enqueue()
        self.cuda.stream_synchronize(self.stream)

    def captured(self) -> int:
        self.run()
        self.cuda.capture_begin(self.stream)
        self.enqueue()
        return self.cuda.graph_instantiate(self.cuda.capture_end(self.stream))

    def spill(self) -> FloatBatch:
        return np.frombuffer(ctypes.string_at(self.host["spill"], SIZES["spill"]), np.float32)


def make(captures: bool = True) -> Bench:
    cuda = FakeCuda()
    trt = FakeTensorRt(cuda, captures=captures)
    logger = type("Logger", (trt.ILogger,), {"log": lambda self, severity, msg: None})()
    engine = trt.Runtime(logger).deserialize_cuda_engine(plan(network()))
    assert engine is not None
    context = engine.create_execution_context()
    assert context is not None
    device = {name: cuda.malloc(size) for name, size in SIZES.items()}
    host = {name: cuda.host_alloc(size) for name, size in SIZES.items()}
    ctypes.memset(host["images"], 50, SIZES["images"])
    return Bench(cuda, trt, engine, context, cuda.stream_create(), device, host)


@pytest.fixture
def bench() -> Bench:
    made = make()
    assert made.context.set_input_shape("images", SHAPE)
    for name, address in made.device.items():
        assert made.context.set_tensor_address(name, address)
    return made


def test_results_are_there_after_synchronising_and_not_before(bench: Bench) -> None:
    bench.enqueue()
    assert np.isnan(bench.spill()).all()
    bench.cuda.stream_synchronize(bench.stream)
    assert bench.spill() == pytest.approx(50)


def test_a_copy_takes_what_is_there_when_it_is_done(bench: Bench) -> None:
    """Who writes the next batch before synchronising sends that one."""
    bench.enqueue()
    ctypes.memset(bench.host["images"], 60, SIZES["images"])
    bench.cuda.stream_synchronize(bench.stream)
    assert bench.spill() == pytest.approx(60)


def test_a_replayed_graph_computes_anew(bench: Bench) -> None:
    executable = bench.captured()
    ctypes.memset(bench.host["images"], 70, SIZES["images"])
    bench.cuda.graph_launch(executable, bench.stream)
    assert np.isnan(bench.spill()).all()
    bench.cuda.stream_synchronize(bench.stream)
    assert bench.spill() == pytest.approx(70)


def test_capturing_runs_nothing(bench: Bench) -> None:
    executable = bench.captured()
    assert bench.spill() == pytest.approx(50)  # of the run before it
    assert bench.cuda.launched == 0
    bench.cuda.executable_destroy(executable)


def test_running_without_a_shape_or_an_address_is_refused() -> None:
    bare = make()
    with pytest.raises(ProtocolBroken, match="before its shapes"):
        bare.context.execute_async_v3(bare.stream)
    bare.context.set_input_shape("images", SHAPE)
    bare.context.set_tensor_address("images", bare.device["images"])
    with pytest.raises(ProtocolBroken, match=r"addresses were set: .*'people', 'spill'"):
        bare.context.execute_async_v3(bare.stream)


def test_an_address_that_is_none_or_too_small_is_refused(bench: Bench) -> None:
    with pytest.raises(ProtocolBroken, match="no device memory"):
        bench.context.set_tensor_address("spill", bench.host["spill"])
    bench.context.set_tensor_address("spill", bench.cuda.malloc(SIZES["spill"] - 1))
    with pytest.raises(ProtocolBroken, match=r"511 bytes at .*, 512 wanted"):
        bench.context.execute_async_v3(bench.stream)
    with pytest.raises(ProtocolBroken, match="no pinned memory"):
        bench.cuda.copy_in(bench.device["images"], bench.device["people"], 1, bench.stream)


def test_the_default_stream_or_one_destroyed_is_refused(bench: Bench) -> None:
    with pytest.raises(ProtocolBroken, match="no such stream"):
        bench.context.execute_async_v3(0)
    bench.cuda.stream_destroy(bench.stream)
    with pytest.raises(ProtocolBroken, match="no such stream"):
        bench.context.execute_async_v3(bench.stream)


def test_what_is_under_way_is_neither_freed_nor_changed(bench: Bench) -> None:
    bench.enqueue()
    with pytest.raises(ProtocolBroken, match="work under way holds"):
        bench.cuda.free(bench.device["people"])
    with pytest.raises(ProtocolBroken, match="work under way holds"):
        bench.cuda.host_free(bench.host["images"])
    with pytest.raises(ProtocolBroken, match="before its work was waited for"):
        bench.cuda.stream_destroy(bench.stream)
    with pytest.raises(ProtocolBroken, match="shape changed while"):
        bench.context.set_input_shape("images", SHAPE)
    with pytest.raises(ProtocolBroken, match="address changed while"):
        bench.context.set_tensor_address("images", bench.device["images"])


def test_a_context_let_go_before_its_work_is_done_is_found(bench: Bench) -> None:
    bench.enqueue()
    del bench.context
    with pytest.raises(ProtocolBroken, match="context was freed"):
        bench.cuda.stream_synchronize(bench.stream)


def test_a_context_on_two_streams_is_refused(bench: Bench) -> None:
    bench.enqueue()
    with pytest.raises(ProtocolBroken, match="two streams"):
        bench.context.execute_async_v3(bench.cuda.stream_create())


def test_capturing_before_a_first_run_is_refused(bench: Bench) -> None:
    bench.cuda.capture_begin(bench.stream)
    with pytest.raises(ProtocolBroken, match="before a first run"):
        bench.context.execute_async_v3(bench.stream)


def test_a_change_of_shapes_wants_a_first_run_again(bench: Bench) -> None:
    bench.run()
    bench.context.set_input_shape("images", (1, *SHAPE[1:]))
    bench.cuda.capture_begin(bench.stream)
    with pytest.raises(ProtocolBroken, match="before a first run"):
        bench.context.execute_async_v3(bench.stream)


@pytest.mark.parametrize("call", ["stream_synchronize", "malloc", "host_alloc", "free"])
def test_nothing_is_waited_for_or_allocated_in_a_capture(bench: Bench, call: str) -> None:
    given = {"stream_synchronize": bench.stream, "free": bench.device["spill"]}.get(call, 8)
    bench.run()
    bench.cuda.capture_begin(bench.stream)
    with pytest.raises(ProtocolBroken, match=f"{call} during a capture"):
        getattr(bench.cuda, call)(given)


def test_a_graph_is_good_for_the_shapes_and_addresses_it_was_captured_with(bench: Bench) -> None:
    executable = bench.captured()
    bench.context.set_tensor_address("spill", bench.cuda.malloc(SIZES["spill"]))
    with pytest.raises(ProtocolBroken, match="shapes or addresses were changed"):
        bench.cuda.graph_launch(executable, bench.stream)


def test_a_graph_holds_its_memory_and_its_context(bench: Bench) -> None:
    executable = bench.captured()
    with pytest.raises(ProtocolBroken, match="a graph holds"):
        bench.cuda.free(bench.device["people"])
    del bench.context
    with pytest.raises(ProtocolBroken, match="context was freed"):
        bench.cuda.graph_launch(executable, bench.stream)
    bench.cuda.executable_destroy(executable)
    with pytest.raises(ProtocolBroken, match="not there, or no more"):
        bench.cuda.graph_launch(executable, bench.stream)


def test_a_network_that_cannot_be_captured_spoils_the_capture() -> None:
    bench = make(captures=False)
    bench.context.set_input_shape("images", SHAPE)
    for name, address in bench.device.items():
        bench.context.set_tensor_address(name, address)
    bench.run()
    bench.cuda.capture_begin(bench.stream)
    assert not bench.context.execute_async_v3(bench.stream)
    with pytest.raises(CudaError, match="previous error during capture"):
        bench.cuda.capture_end(bench.stream)
    bench.run()  # and all goes on without


def test_freeing_twice_is_refused(bench: Bench) -> None:
    bench.cuda.free(bench.device["people"])
    with pytest.raises(ProtocolBroken, match="not there, or twice"):
        bench.cuda.free(bench.device["people"])


@pytest.mark.parametrize("what", ["device memory", "host memory", "streams", "contexts"])
def test_what_is_not_given_back_is_found(what: str) -> None:
    bench = make()
    if what != "contexts":
        del bench.context, bench.engine
    if what != "device memory":
        for address in bench.device.values():
            bench.cuda.free(address)
    if what != "host memory":
        for address in bench.host.values():
            bench.cuda.host_free(address)
    if what != "streams":
        bench.cuda.stream_destroy(bench.stream)
    words = "still held: .*IExecutionContext" if what == "contexts" else f"not given back: .*{what}"
    with pytest.raises(ProtocolBroken, match=words):
        tidy(bench.trt)


def test_a_logger_that_does_not_begin_its_kind_is_refused() -> None:
    """Pybind refuses it too, or crashes."""
    trt = FakeTensorRt(FakeCuda())
    bare = type("Logger", (trt.ILogger,), {"__init__": lambda self: None})()
    with pytest.raises(TypeError, match="__init__"):
        trt.Runtime(bare)


def test_what_tensorrt_refuses_is_refused_with_false(bench: Bench) -> None:
    assert not bench.context.set_input_shape("images", (17, *SHAPE[1:]))  # beyond the profile
    assert not bench.context.set_input_shape("images", (2, SIDE, SIDE, 4))
    assert not bench.context.set_input_shape("spill", SHAPE)
    assert not bench.context.set_tensor_address("water", bench.device["spill"])
    assert not bench.context.set_optimization_profile_async(1, bench.stream)
