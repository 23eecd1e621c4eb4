"""TensorRT that is none, on `FakeCuda`: the calls of inference, with real numbers in the end.

A plan here is a header and an ONNX file, which ONNX Runtime runs when the stream is synchronised.
What TensorRT refuses (`False`, `None`, a line to the logger) is refused the same way; what it
would let pass and give wrong numbers for is `ProtocolBroken`. No class has a public name that one
of the releases in `tests/golden/tensorrt_api.json` lacks, and none takes further ones.
"""

from __future__ import annotations

import enum
import json
import weakref
from dataclasses import dataclass
from typing import Any

import numpy as np

from edge.backends.runtime import ort
from tests.support.fake_cuda import FakeCuda, ProtocolBroken
from tests.support.fake_tensorrt_context import IExecutionContext

MAGIC = b"a plan of paper\n"
_ERROR = 1
Shape = tuple[int, ...]


class DataType(enum.Enum):
    FLOAT = 0
    HALF = 1
    INT8 = 2
    INT32 = 3
    BOOL = 4
    UINT8 = 5
    INT64 = 8


class TensorIOMode(enum.Enum):
    NONE = 0
    INPUT = 1
    OUTPUT = 2


# As ONNX Runtime calls them.
_KINDS: dict[str, tuple[DataType, type[np.generic]]] = {
    "tensor(float)": (DataType.FLOAT, np.float32),
    "tensor(float16)": (DataType.HALF, np.float16),
    "tensor(uint8)": (DataType.UINT8, np.uint8),
    "tensor(int64)": (DataType.INT64, np.int64),
}


class ILogger:
    """To be derived from; a derived class that forgets to begin this one is refused."""

    def __init__(self) -> None:
        self._begun = True

    def log(self, severity: int, msg: str) -> None:
        raise ProtocolBroken("a logger of its own must say what it does with messages")


def plan(onnx: bytes, profile: tuple[int, int, int] = (1, 4, 16), version: str = "10.3.0") -> bytes:
    """What a builder of that version would have made of the network."""
    header = json.dumps({"profile": profile, "version": version}).encode()
    return MAGIC + header + b"\n" + onnx


class FakeTensorRt:
    """Stands for the module. With `captures=False` its networks cannot be captured."""

    __slots__ = (
        *("DataType", "ILogger", "TensorIOMode", "__version__", "__weakref__"),
        *("_alive", "_captures", "_cuda", "_refuses"),
    )

    def __init__(self, cuda: FakeCuda, version: str = "10.3.0", *, captures: bool = True) -> None:
        self.DataType = DataType
        self.TensorIOMode = TensorIOMode
        self.ILogger = ILogger
        self.__version__ = version
        self._cuda = cuda
        self._captures = captures
        self._refuses: set[str] = set()
        self._alive: weakref.WeakSet[Any] = weakref.WeakSet()

    def Runtime(self, logger: ILogger) -> Runtime:  # noqa: N802  (TensorRT's own name)
        return Runtime(self, logger)


def refuse(trt: FakeTensorRt, *calls: str) -> None:
    """From now on these calls alone fail, with False or None, as on a GPU whose memory is full."""
    trt._refuses = set(calls)


def tidy(trt: FakeTensorRt) -> None:
    """Fails where a context, an engine or a runtime is still held, or CUDA's things are."""
    if left := [type(one).__name__ for one in trt._alive]:
        raise ProtocolBroken(f"still held: {sorted(left)}")
    trt._cuda.tidy()


class Runtime:
    __slots__ = ("__weakref__", "_logger", "_trt")

    def __init__(self, trt: FakeTensorRt, logger: ILogger) -> None:
        if not isinstance(logger, ILogger) or not hasattr(logger, "_begun"):
            raise TypeError("logger: an ILogger whose own __init__ was called is wanted")
        self._trt, self._logger = trt, logger
        trt._alive.add(self)

    def deserialize_cuda_engine(self, serialized_engine: bytes) -> ICudaEngine | None:
        before, _, rest = serialized_engine.partition(MAGIC)
        if before or not rest:
            self._logger.log(_ERROR, "Serialization assertion header.magicTag == kMAGIC failed.")
            return None
        header, _, onnx = rest.partition(b"\n")
        about = json.loads(header)
        if about["version"] != self._trt.__version__:
            made, mine = about["version"], self._trt.__version__
            self._logger.log(_ERROR, f"The engine plan file is not compatible: {made}, not {mine}")
            return None
        return ICudaEngine(self._trt, self._logger, onnx, tuple(about["profile"]))


@dataclass(frozen=True)
class Tensor:
    """One input or output, as its file has it; sizes −1 where they are free."""

    mode: TensorIOMode
    dtype: DataType
    numpy: type[np.generic]
    shape: Shape

    @property
    def given(self) -> bool:
        return self.mode is TensorIOMode.INPUT


def _tensors(session: Any) -> dict[str, Tensor]:
    """TensorRT infers the shapes of outputs itself; here they are seen by running once."""
    (given,) = session.get_inputs()
    shape = tuple(size if isinstance(size, int) else -1 for size in given.shape)
    found = {given.name: Tensor(TensorIOMode.INPUT, *_KINDS[given.type], shape)}
    tried = np.zeros([max(size, 1) for size in shape], found[given.name].numpy)
    values = session.run(None, {given.name: tried})
    for output, value in zip(session.get_outputs(), values, strict=True):
        sizes = (shape[0], *value.shape[1:])
        found[output.name] = Tensor(TensorIOMode.OUTPUT, *_KINDS[output.type], sizes)
    return found


class ICudaEngine:
    __slots__ = ("__weakref__", "_logger", "_profile", "_session", "_tensors", "_trt")

    def __init__(self, trt: FakeTensorRt, logger: ILogger, onnx: bytes, profile: Shape) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = ort.InferenceSession(onnx, options, providers=["CPUExecutionProvider"])
        self._tensors = _tensors(self._session)
        self._trt, self._logger, self._profile = trt, logger, profile
        trt._alive.add(self)

    @property
    def num_io_tensors(self) -> int:
        return len(self._tensors)

    def get_tensor_name(self, index: int) -> str:
        return list(self._tensors)[index]

    def get_tensor_mode(self, name: str) -> TensorIOMode:
        return self._tensors[name].mode

    def get_tensor_dtype(self, name: str) -> DataType:
        return self._tensors[name].dtype

    def get_tensor_shape(self, name: str) -> Shape:
        return self._tensors[name].shape

    def get_tensor_profile_shape(self, name: str, profile_index: int) -> list[Shape]:
        if profile_index != 0 or not self._tensors[name].given:
            raise ProtocolBroken("a profile is of inputs, and there is one")
        return [(count, *self._tensors[name].shape[1:]) for count in self._profile]

    def create_execution_context(self) -> IExecutionContext | None:
        if self._refused("create_execution_context"):
            return None
        return IExecutionContext(self)

    def _refused(self, call: str) -> bool:
        if call in self._trt._refuses:
            self._logger.log(_ERROR, f"{call}: Error Code 1: Cuda Runtime (out of memory)")
            return True
        return False
