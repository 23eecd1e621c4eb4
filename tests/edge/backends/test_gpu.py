"""The CUDA layer on a real GPU: memory, copies, graphs and faults as the fake has them. Skipped
where there is none. With a torch that has CUDA, torch looks at the same memory."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
import pytest

from edge.backends import cuda
from edge.backends.cuda import Cudart
from edge.backends.nvidia.lane import Buffer, buffer
from edge.backends.nvidia.ports import CudaError

SHAPE = (8, 288, 512, 3)
INVALID_VALUE, CAPTURING, INVALIDATED = 1, 900, 901


@pytest.fixture(scope="module")
def gpu() -> Cudart:
    found = cuda.available()
    if found.cuda is None:
        pytest.skip(f"no CUDA GPU here: {found.why_not}")
    return found.cuda


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def stream_of(gpu: Cudart, stack: ExitStack) -> int:
    stream = gpu.stream_create()
    stack.callback(gpu.stream_destroy, stream)
    stack.callback(gpu.stream_synchronize, stream)
    return stream


def copy(gpu: Cudart, one: Buffer, other: Buffer, stream: int) -> None:
    """From the one on the host over the GPU to the other on the host."""
    gpu.copy_in(one.device_address, one.host_address, one.size_bytes, stream)
    gpu.copy_out(other.host_address, one.device_address, one.size_bytes, stream)


def pictures(seed: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 256, SHAPE).astype(np.uint8)


def test_the_device_is_a_plausible_one(gpu: Cudart) -> None:
    device, memory = gpu.device(), gpu.memory()
    major, minor = (int(part) for part in device.sm.split("."))
    assert 5 <= major <= 20
    assert 0 <= minor <= 9
    assert device.name.isprintable()
    assert device.name
    assert 0 < memory.free_bytes <= memory.whole_bytes == device.memory_bytes
    assert int(device.driver_cuda.split(".")[0]) >= int(device.runtime_cuda.split(".")[0])


def test_pictures_go_to_the_gpu_and_come_back(gpu: Cudart, stack: ExitStack) -> None:
    stream = stream_of(gpu, stack)
    one, other = (buffer(stack, gpu, "images", SHAPE, np.uint8) for _ in range(2))
    one.host[...] = pictures(1)
    copy(gpu, one, other, stream)
    gpu.stream_synchronize(stream)
    assert np.array_equal(other.host, pictures(1))


def test_a_graph_of_copies_takes_what_is_there_when_it_is_started(
    gpu: Cudart, stack: ExitStack
) -> None:
    stream = stream_of(gpu, stack)
    one, other = (buffer(stack, gpu, "images", SHAPE, np.uint8) for _ in range(2))
    gpu.capture_begin(stream)
    copy(gpu, one, other, stream)
    graph = gpu.capture_end(stream)
    executable = gpu.graph_instantiate(graph)
    stack.callback(gpu.executable_destroy, executable)
    gpu.graph_destroy(graph)
    gpu.stream_synchronize(stream)
    assert not other.host.any()  # capturing runs nothing
    for seed in (1, 2):
        one.host[...] = pictures(seed)
        gpu.graph_launch(executable, stream)
        gpu.stream_synchronize(stream)
        assert np.array_equal(other.host, pictures(seed))


def test_waiting_spoils_a_capture_and_all_goes_on_after_it(gpu: Cudart, stack: ExitStack) -> None:
    stream = stream_of(gpu, stack)
    one, other = (buffer(stack, gpu, "images", SHAPE, np.uint8) for _ in range(2))
    gpu.capture_begin(stream)
    with pytest.raises(CudaError) as raised:
        gpu.stream_synchronize(stream)
    assert raised.value.code == CAPTURING
    with pytest.raises(CudaError) as raised:
        gpu.capture_end(stream)
    assert raised.value.code == INVALIDATED
    gpu.forget_error()
    one.host[...] = pictures(3)
    copy(gpu, one, other, stream)
    gpu.stream_synchronize(stream)
    assert np.array_equal(other.host, pictures(3))


def test_a_fault_is_told_in_words_and_forgotten(gpu: Cudart) -> None:
    with pytest.raises(CudaError, match="cudaFree: invalid argument") as raised:
        gpu.free(1)
    assert raised.value.code == INVALID_VALUE
    gpu.forget_error()
    with pytest.raises(CudaError, match="cudaMalloc: out of memory"):
        gpu.malloc(2**50)
    gpu.forget_error()
    gpu.free(gpu.malloc(1))


def test_what_is_freed_is_free(gpu: Cudart) -> None:
    gpu.free(gpu.malloc(2**20))
    before, size_bytes = gpu.memory().free_bytes, 2**28
    address = gpu.malloc(size_bytes)
    assert gpu.memory().free_bytes <= before - size_bytes
    gpu.free(address)
    assert gpu.memory().free_bytes == pytest.approx(before, abs=2**26)


def test_torch_sees_the_same_memory(gpu: Cudart, stack: ExitStack) -> None:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("this torch has no CUDA")
    stream = stream_of(gpu, stack)
    sent = buffer(stack, gpu, "images", SHAPE, np.uint8)
    sent.host[...] = pictures(4)
    gpu.copy_in(sent.device_address, sent.host_address, sent.size_bytes, stream)
    gpu.stream_synchronize(stream)
    seen = torch.as_tensor(_OnDevice(sent), device="cuda")
    assert np.array_equal(seen.cpu().numpy(), pictures(4))
    assert ctypes.string_at(sent.host_address, 16) == pictures(4).tobytes()[:16]


class _OnDevice:
    """By Numba's array interface, which torch reads too."""

    def __init__(self, of: Buffer) -> None:
        self.__cuda_array_interface__ = {
            "shape": SHAPE,
            "typestr": "|u1",
            "data": (of.device_address, False),
            "version": 3,
        }
