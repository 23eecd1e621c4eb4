"""The CUDA layer where there is no GPU: every argument arrives whole, every fault is told in words,
and NVIDIA's own library, where it is installed, has all that is called."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from edge.backends import cuda
from edge.backends.cuda import Cudart
from edge.backends.nvidia.ports import CudaError, Device, Memory

SOURCE = Path(__file__).parents[2] / "support" / "cudart_in_ram.c"
NO_DEVICE, INSUFFICIENT_DRIVER, INVALIDATED = 100, 35, 901


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> str:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    library = tmp_path_factory.mktemp("cudart") / "libcudart.so.12"
    build = [compiler, "-Wall", "-Werror", "-shared", "-fPIC", "-o", str(library), str(SOURCE)]
    subprocess.run(build, check=True)
    return str(library)


def counted(place: str, name: str) -> int:
    return ctypes.c_int.in_dll(ctypes.CDLL(place), name).value


def test_a_device_is_told_with_its_name_and_versions(place: str) -> None:
    assert Cudart(place).device() == Device("Orin of RAM", "8.7", "13.2", "12.6", 8 * 2**30)
    assert Cudart(place).memory() == Memory(5 * 2**30, 8 * 2**30)


def test_what_is_copied_in_comes_out_and_all_is_given_back(place: str) -> None:
    runtime, sent = Cudart(place), np.arange(1000, dtype=np.uint8)
    stream = runtime.stream_create()
    host, device, other = runtime.host_alloc(1000), runtime.malloc(1000), runtime.host_alloc(1000)
    ctypes.memmove(host, sent.ctypes.data, 1000)
    runtime.copy_in(device, host, 1000, stream)
    runtime.copy_out(other, device, 1000, stream)
    runtime.stream_synchronize(stream)
    assert ctypes.string_at(other, 1000) == sent.tobytes()
    runtime.host_free(host)
    runtime.host_free(other)
    runtime.free(device)
    runtime.stream_destroy(stream)
    assert counted(place, "held") == 0


def test_a_graph_goes_from_capture_to_launch(place: str) -> None:
    runtime = Cudart(place)
    stream, before = runtime.stream_create(), counted(place, "launched")
    runtime.capture_begin(stream)
    with pytest.raises(CudaError, match="not permitted when stream is capturing") as raised:
        runtime.stream_synchronize(stream)
    assert raised.value.code == 900
    runtime.forget_error()
    graph = runtime.capture_end(stream)
    executable = runtime.graph_instantiate(graph)
    runtime.graph_destroy(graph)
    runtime.graph_launch(executable, stream)
    runtime.stream_synchronize(stream)
    runtime.executable_destroy(executable)
    runtime.stream_destroy(stream)
    assert counted(place, "launched") == before + 1
    assert counted(place, "held") == 0


def test_sizes_beyond_four_gigabytes_are_not_cut(place: str) -> None:
    words = r"CUDA: cudaMalloc: out of memory \(cudaErrorMemoryAllocation\)"
    with pytest.raises(CudaError, match=words):
        Cudart(place).malloc(2**40 + 1)


def test_another_stream_s_handle_is_refused(place: str) -> None:
    with pytest.raises(CudaError, match="cudaStreamSynchronize"):
        Cudart(place).stream_synchronize(0x98765430)  # the low half of the right one


def test_a_library_that_is_not_cuda_s_is_told(tmp_path: Path) -> None:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    (tmp_path / "none.c").write_text("int none;")
    library = str(tmp_path / "libcudart.so.13")
    subprocess.run([compiler, "-shared", "-o", library, str(tmp_path / "none.c")], check=True)
    with pytest.raises(OSError, match="it has no cudaGetDeviceCount"):
        Cudart(library)


def test_every_call_is_declared_with_its_arguments() -> None:
    """One without would pass 32 bits of an address."""
    assert set(cuda.CALLS) == {
        word
        for word in Path(cuda.__file__).read_text().replace('"', " ").split()
        if word.startswith("cuda") and word[4:5].isupper() and word.isalpha()
    } - {"cudaDeviceProp"}


def test_whether_there_is_cuda_is_said_plainly() -> None:
    found = cuda.available()
    if found:
        assert found.device is not None
        assert found.device.memory_bytes > 0
    else:
        assert found.cuda is None
        assert "libcudart" in found.why_not or found.why_not.startswith("CUDA: ")
        assert "\n" not in found.why_not


def test_nvidia_s_own_libraries_have_every_call_and_say_faults_in_words() -> None:
    places = list(cuda.places())
    if not places:
        pytest.skip("no libcudart here: pip install nvidia-cuda-runtime-cu12")
    for place in places:
        runtime = Cudart(place)
        assert runtime.version().split(".")[0] in {"12", "13"}
        words = {code: str(runtime.error("call", code)) for code in (NO_DEVICE, INVALIDATED)}
        assert words == {
            NO_DEVICE: "CUDA: call: no CUDA-capable device is detected (cudaErrorNoDevice)",
            INVALIDATED: "CUDA: call: operation failed due to a previous error during capture "
            "(cudaErrorStreamCaptureInvalidated)",
        }
        if not cuda.available():
            with pytest.raises(CudaError) as raised:
                runtime.device()
            assert raised.value.code in {NO_DEVICE, INSUFFICIENT_DRIVER}
