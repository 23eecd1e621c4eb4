"""The CUDA runtime library of this machine, over ctypes.

Not cuda-python: its wheels for ARM carry the runtime of ARM servers, built into them, and that of
a Jetson with CUDA 12 is another one. What JetPack put on the device fits it, whatever the Python.
The two dozen calls wanted here are the same in CUDA 12 and 13; the ones that were changed in
between (`cudaGraphInstantiate`, the capture's information) are left alone.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator, Mapping
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_uint, c_ulonglong, c_void_p
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from edge.backends.nvidia.ports import CudaError, Device, Memory

NAMES = ("libcudart.so.13", "libcudart.so.12")
# Where CUDA's packages put it without telling the loader, JetPack's for `aarch64` and the rest.
_TOOLKITS = (
    "lib64",
    "targets/aarch64-linux/lib",
    "targets/sbsa-linux/lib",
    "targets/x86_64-linux/lib",
)
_WHEELS = ("cu13/lib", "cuda_runtime/lib")  # of nvidia-cuda-runtime and nvidia-cuda-runtime-cu12
# Handles and addresses are 64 bits wide: unless told, ctypes would cut them to 32.
_OUT, _HANDLE = POINTER(c_void_p), c_void_p
CALLS: Mapping[str, tuple[type, ...]] = {
    "cudaGetDeviceCount": (POINTER(c_int),),
    "cudaGetDeviceProperties": (c_void_p, c_int),
    "cudaDeviceGetAttribute": (POINTER(c_int), c_int, c_int),
    "cudaDriverGetVersion": (POINTER(c_int),),
    "cudaRuntimeGetVersion": (POINTER(c_int),),
    "cudaMemGetInfo": (POINTER(c_size_t), POINTER(c_size_t)),
    "cudaMalloc": (_OUT, c_size_t),
    "cudaFree": (_HANDLE,),
    "cudaHostAlloc": (_OUT, c_size_t, c_uint),
    "cudaFreeHost": (_HANDLE,),
    "cudaMemcpyAsync": (_HANDLE, _HANDLE, c_size_t, c_int, _HANDLE),
    "cudaStreamCreateWithFlags": (_OUT, c_uint),
    "cudaStreamSynchronize": (_HANDLE,),
    "cudaStreamDestroy": (_HANDLE,),
    "cudaStreamBeginCapture": (_HANDLE, c_int),
    "cudaStreamEndCapture": (_HANDLE, _OUT),
    "cudaGraphInstantiateWithFlags": (_OUT, _HANDLE, c_ulonglong),
    "cudaGraphLaunch": (_HANDLE, _HANDLE),
    "cudaGraphDestroy": (_HANDLE,),
    "cudaGraphExecDestroy": (_HANDLE,),
    "cudaGetLastError": (),
}
_TO_DEVICE, _TO_HOST = 1, 2
_HOST_ALLOC_DEFAULT = 0
_STREAM_NON_BLOCKING = 1  # does not wait for the default stream, which a decoder may use
_CAPTURE_THREAD_LOCAL = 1  # what a decoder's threads do meanwhile does not spoil the capture
_ATTRIBUTE_MAJOR, _ATTRIBUTE_MINOR = 75, 76
# `cudaDeviceProp` begins with char name[256]; it is 1032 bytes in CUDA 12.9 and 1008 in 13.5.
_PROPERTIES_BYTES, _NAME_BYTES = 8192, 256
_INSUFFICIENT_DRIVER, _NO_DEVICE = 35, 100


@dataclass(frozen=True)
class Found:
    """Whether CUDA can be used here: true with `cuda` and `device`, or false with `why_not`."""

    cuda: Cudart | None
    device: Device | None
    why_not: str

    def __bool__(self) -> bool:
        return self.cuda is not None


def available() -> Found:
    """Looks for a CUDA runtime that finds a GPU. Takes a moment where there is one: CUDA starts."""
    why_not = ""
    for place in places():
        try:
            cuda = Cudart(place)
            return Found(cuda, cuda.device(), "")
        except OSError as error:
            why_not = why_not or f"{place} cannot be loaded ({error})"
        except CudaError as error:
            why_not = _in_words(error)
    return Found(None, None, why_not or f"no CUDA runtime library here ({' or '.join(NAMES)})")


def places() -> Iterator[str]:
    """Where libraries of that name lie, the machine's own first: what a wheel brings may be made
    for another kind of ARM than a Jetson's. A bare name is left to the loader."""
    roots = [os.environ.get(name) for name in ("CUDA_HOME", "CUDA_PATH")]
    toolkits = [Path(root) for root in roots if root]
    toolkits += [Path("/usr/local/cuda"), *sorted(Path("/usr/local").glob("cuda-*"), reverse=True)]
    wheels = find_spec("nvidia")
    below = list(wheels.submodule_search_locations or ()) if wheels else []
    for name in NAMES:
        if _loads(name):
            yield name
    folders = [root / lib for root in toolkits for lib in _TOOLKITS]
    folders += [Path(root) / lib for root in below for lib in _WHEELS]
    for folder in folders:
        for name in NAMES:
            if (folder / name).is_file():
                yield str(folder / name)


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _in_words(error: CudaError) -> str:
    if error.code == _NO_DEVICE:
        return f"{error}; is the NVIDIA driver loaded, and the GPU given to this container?"
    if error.code == _INSUFFICIENT_DRIVER:
        return f"{error}; there is no NVIDIA driver here, or one too old for this CUDA"
    return str(error)


class Cudart:
    """`Cuda` over the library at `place`, on its first GPU (choose another with
    CUDA_VISIBLE_DEVICES). Raises OSError where the library does not load or lacks a call."""

    def __init__(self, place: str) -> None:
        self._library = ctypes.CDLL(place)
        for name, kinds in CALLS.items():
            try:
                call = getattr(self._library, name)
            except AttributeError:
                raise OSError(f"it has no {name}: too old, or not CUDA's") from None
            call.argtypes, call.restype = kinds, c_int
        self._error_string = self._library.cudaGetErrorString
        self._error_name = self._library.cudaGetErrorName
        for told in (self._error_string, self._error_name):
            told.argtypes, told.restype = (c_int,), c_char_p

    def error(self, call: str, code: int) -> CudaError:
        """What that code means, in CUDA's own words."""
        words, name = self._error_string(code).decode(), self._error_name(code).decode()
        return CudaError(call, code, f"{words} ({name})")

    def device(self) -> Device:
        """The first GPU. Raises CudaError where there is none."""
        count = c_int()
        self._do("cudaGetDeviceCount", byref(count))
        properties = ctypes.create_string_buffer(_PROPERTIES_BYTES)
        self._do("cudaGetDeviceProperties", properties, 0)
        sm = (self._attribute(_ATTRIBUTE_MAJOR), self._attribute(_ATTRIBUTE_MINOR))
        return Device(
            name=properties.raw[:_NAME_BYTES].split(b"\0")[0].decode(errors="replace"),
            sm=f"{sm[0]}.{sm[1]}",
            driver_cuda=self._version("cudaDriverGetVersion"),
            runtime_cuda=self.version(),
            memory_bytes=self.memory().whole_bytes,
        )

    def version(self) -> str:
        """Of the runtime library, as in `12.6`."""
        return self._version("cudaRuntimeGetVersion")

    def memory(self) -> Memory:
        """See `edge.backends.nvidia.ports.Cuda`."""
        free, whole = c_size_t(), c_size_t()
        self._do("cudaMemGetInfo", byref(free), byref(whole))
        return Memory(free.value, whole.value)

    def malloc(self, size_bytes: int) -> int:
        """See `Cuda`."""
        return self._made("cudaMalloc", size_bytes)

    def free(self, address: int) -> None:
        """See `Cuda`."""
        self._do("cudaFree", address)

    def host_alloc(self, size_bytes: int) -> int:
        """See `Cuda`."""
        return self._made("cudaHostAlloc", size_bytes, _HOST_ALLOC_DEFAULT)

    def host_free(self, address: int) -> None:
        """See `Cuda`."""
        self._do("cudaFreeHost", address)

    def copy_in(self, device: int, host: int, size_bytes: int, stream: int) -> None:
        """See `Cuda`."""
        self._do("cudaMemcpyAsync", device, host, size_bytes, _TO_DEVICE, stream)

    def copy_out(self, host: int, device: int, size_bytes: int, stream: int) -> None:
        """See `Cuda`."""
        self._do("cudaMemcpyAsync", host, device, size_bytes, _TO_HOST, stream)

    def stream_create(self) -> int:
        """See `Cuda`."""
        return self._made("cudaStreamCreateWithFlags", _STREAM_NON_BLOCKING)

    def stream_synchronize(self, stream: int) -> None:
        """See `Cuda`. Other Python threads run meanwhile."""
        self._do("cudaStreamSynchronize", stream)

    def stream_destroy(self, stream: int) -> None:
        """See `Cuda`."""
        self._do("cudaStreamDestroy", stream)

    def capture_begin(self, stream: int) -> None:
        """See `Cuda`."""
        self._do("cudaStreamBeginCapture", stream, _CAPTURE_THREAD_LOCAL)

    def capture_end(self, stream: int) -> int:
        """See `Cuda`."""
        graph = c_void_p()
        self._do("cudaStreamEndCapture", stream, byref(graph))
        return graph.value or 0

    def graph_instantiate(self, graph: int) -> int:
        """See `Cuda`."""
        return self._made("cudaGraphInstantiateWithFlags", graph, 0)

    def graph_launch(self, executable: int, stream: int) -> None:
        """See `Cuda`."""
        self._do("cudaGraphLaunch", executable, stream)

    def graph_destroy(self, graph: int) -> None:
        """See `Cuda`."""
        self._do("cudaGraphDestroy", graph)

    def executable_destroy(self, executable: int) -> None:
        """See `Cuda`."""
        self._do("cudaGraphExecDestroy", executable)

    def forget_error(self) -> None:
        """After a fault that was dealt with: or the next call reports it once more."""
        self._library.cudaGetLastError()

    def _do(self, call: str, *given: object) -> None:
        code = getattr(self._library, call)(*given)
        if code != 0:
            raise self.error(call, code)

    def _made(self, call: str, *given: object) -> int:
        made = c_void_p()
        self._do(call, byref(made), *given)
        return made.value or 0

    def _attribute(self, number: int) -> int:
        value = c_int()
        self._do("cudaDeviceGetAttribute", byref(value), number, 0)
        return value.value

    def _version(self, call: str) -> str:
        value = c_int()
        self._do(call, byref(value))
        return f"{value.value // 1000}.{value.value % 1000 // 10}"
