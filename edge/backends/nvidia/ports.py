"""What is asked of CUDA and of TensorRT: two seams, so that everything above them can be held to
the rules where there is no GPU.

`Cuda` is kept by `edge.backends.cuda` over the machine's own library. The classes after it are what
inference touches of TensorRT's Python module, `tensorrt` or `tensorrt_rtx`, under TensorRT's own
names, and nothing that one of the releases 10.3, 10.13, 10.16 and 11.4 lacks: a test holds them
against what those were seen to offer, and the type checker holds the code to them. The strict
fakes of both are in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias


@dataclass(frozen=True)
class Device:
    """A GPU. `sm` is its compute capability (`8.7` an Orin, `11.0` a Thor); the CUDA versions are
    the newest that the driver knows and the one of the runtime library; sizes in bytes."""

    name: str
    sm: str
    driver_cuda: str
    runtime_cuda: str
    memory_bytes: int

    def __str__(self) -> str:
        return f"{self.name} (SM {self.sm}, CUDA {self.driver_cuda})"


@dataclass(frozen=True)
class Memory:
    """Of a GPU, in bytes."""

    free_bytes: int
    whole_bytes: int


class CudaError(RuntimeError):
    """A call that CUDA refused or that found a fault of the GPU: nothing a user can change in a
    file. The processor takes over (`edge.backends.switching`)."""

    def __init__(self, call: str, code: int, words: str) -> None:
        super().__init__(f"CUDA: {call}: {words}")
        self.call = call
        self.code = code


class Cuda(Protocol):
    """The calls, each as CUDA's own of that name; all raise `CudaError`. Addresses and handles are
    integers.

    Copies only start when they are called: memory is read, and the copy can be read, once the
    stream was synchronised. Both ends must live until then. Between `capture_begin` and
    `capture_end` nothing is run and nothing may be waited for or allocated: what goes onto the
    stream is written down. A graph started later does that again, with the same addresses."""

    def device(self) -> Device: ...
    def memory(self) -> Memory: ...

    def malloc(self, size_bytes: int) -> int: ...
    def free(self, address: int) -> None: ...
    def host_alloc(self, size_bytes: int) -> int: ...
    def host_free(self, address: int) -> None: ...

    def copy_in(self, device: int, host: int, size_bytes: int, stream: int) -> None: ...
    def copy_out(self, host: int, device: int, size_bytes: int, stream: int) -> None: ...

    def stream_create(self) -> int: ...
    def stream_synchronize(self, stream: int) -> None: ...
    def stream_destroy(self, stream: int) -> None: ...

    def capture_begin(self, stream: int) -> None: ...
    def capture_end(self, stream: int) -> int: ...
    def graph_instantiate(self, graph: int) -> int: ...
    def graph_launch(self, executable: int, stream: int) -> None: ...
    def graph_destroy(self, graph: int) -> None: ...
    def executable_destroy(self, executable: int) -> None: ...

    def forget_error(self) -> None: ...


class DataType(Protocol):
    """What the elements of a tensor are."""

    UINT8: object
    FLOAT: object


class TensorIOMode(Protocol):
    """Whether a tensor goes in or comes out."""

    INPUT: object
    OUTPUT: object


class IExecutionContext(Protocol):
    """One run at a time of an engine: its shapes, addresses and working memory. What it enqueues
    must be run once after a change of shapes before it may be captured into a graph."""

    def set_optimization_profile_async(self, profile_index: int, stream_handle: int) -> bool: ...
    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool: ...
    def set_tensor_address(self, name: str, memory: int) -> bool: ...
    def get_tensor_shape(self, name: str) -> Iterable[int]: ...
    def execute_async_v3(self, stream_handle: int) -> bool: ...


class ICudaEngine(Protocol):
    """A network made into code for one GPU. Shapes have −1 where they are free."""

    @property
    def num_io_tensors(self) -> int: ...
    def get_tensor_name(self, index: int) -> str: ...
    def get_tensor_mode(self, name: str) -> object: ...
    def get_tensor_dtype(self, name: str) -> object: ...
    def get_tensor_shape(self, name: str) -> Iterable[int]: ...
    def get_tensor_profile_shape(
        self, name: str, profile_index: int
    ) -> Sequence[Iterable[int]]: ...
    def create_execution_context(self) -> IExecutionContext | None: ...


class Runtime(Protocol):
    """Loads engines. None where that failed; why was said to the logger."""

    def deserialize_cuda_engine(self, serialized_engine: bytes) -> ICudaEngine | None: ...


# In the class below these names are its own members.
_DataType: TypeAlias = DataType
_TensorIOMode: TypeAlias = TensorIOMode
_Runtime: TypeAlias = Runtime


class TensorRt(Protocol):
    """The module. `ILogger` is to be derived from."""

    DataType: _DataType
    TensorIOMode: _TensorIOMode
    ILogger: Any
    Runtime: Callable[[Any], _Runtime]

    def __hash__(self) -> int: ...
