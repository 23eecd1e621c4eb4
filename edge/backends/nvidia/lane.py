"""One batch size on the GPU: a context of its own, buffers that never move, and a graph.

Sending a small network to a GPU costs more than running it: hundreds of launches a batch. A graph
is one. It holds the shapes and addresses it was captured with, so a lane never changes either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from ctypes import c_uint8
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import DTypeLike, NDArray

from edge.backends.nvidia.log import Heard
from edge.backends.nvidia.ports import Cuda, CudaError, IExecutionContext
from edge.ports import FloatBatch, PictureBatch

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Buffer:
    """A tensor's memory: pinned on the host, where `host` shows it as an array, and on the GPU."""

    name: str
    host: NDArray[np.generic]
    host_address: int
    device_address: int

    @property
    def size_bytes(self) -> int:
        """Of either."""
        return self.host.nbytes


def buffer(stack: ExitStack, cuda: Cuda, name: str, shape: Shape, dtype: DTypeLike) -> Buffer:
    """Blank memory for a tensor, freed by the stack."""
    size_bytes = prod(shape) * np.dtype(dtype).itemsize
    host_address = cuda.host_alloc(size_bytes)
    stack.callback(cuda.host_free, host_address)
    device_address = cuda.malloc(size_bytes)
    stack.callback(cuda.free, device_address)
    pinned = (c_uint8 * size_bytes).from_address(host_address)
    host = np.frombuffer(memoryview(pinned), dtype).reshape(shape)
    host[...] = 0
    return Buffer(name, host, host_address, device_address)


class Lane:
    """Runs batches of up to `size` pictures, N×H×W×3 uint8; what is missing is filled with black.

    Opened by an `ExitStack`, which closes it. Raises CudaError, and RuntimeError with TensorRT's
    words where it refuses. `why_no_graph` is empty, or says why each batch is sent piece by piece.
    """

    def __init__(
        self,
        context: IExecutionContext,
        stream: int,
        given: Buffer,
        results: Sequence[Buffer],
        *,
        cuda: Cuda,
        heard: Heard,
    ) -> None:
        self.size = given.host.shape[0]
        self.why_no_graph = ""
        self._context: IExecutionContext | None = context
        self._stream = stream
        self._given = given
        self._results = tuple(results)
        self._cuda = cuda
        self._heard = heard
        self._graph: int | None = None

    def open(self, stack: ExitStack) -> None:
        """Sets the addresses, runs once, and captures what that was."""
        stack.callback(self._let_go)
        context = self._held()
        for one in (self._given, *self._results):
            if not context.set_tensor_address(one.name, one.device_address):
                raise RuntimeError(f"TensorRT: no memory set for {one.name}: {self._heard.words()}")
        # TensorRT makes ready on the first run after a change of shapes, and that is no part of it.
        self._enqueue()
        self._cuda.stream_synchronize(self._stream)
        self._graph = self._captured(stack)
        if self._graph is None:
            self._enqueue()  # whether it still runs after the attempt is found here
            self._cuda.stream_synchronize(self._stream)

    def run(self, batch: PictureBatch) -> Mapping[str, FloatBatch]:
        """The outputs of a batch, in memory of their own."""
        count = len(batch)
        self._given.host[:count] = batch
        self._given.host[count:] = 0
        if self._graph is None:
            self._enqueue()
        else:
            self._cuda.graph_launch(self._graph, self._stream)
        self._cuda.stream_synchronize(self._stream)
        return {one.name: one.host[:count].astype(np.float32) for one in self._results}

    def _enqueue(self) -> None:
        """In, through, out: onto the stream, not waited for."""
        given, stream = self._given, self._stream
        self._cuda.copy_in(given.device_address, given.host_address, given.size_bytes, stream)
        if not self._held().execute_async_v3(stream):
            raise RuntimeError(f"TensorRT did not run a batch: {self._heard.words()}")
        for one in self._results:
            self._cuda.copy_out(one.host_address, one.device_address, one.size_bytes, stream)

    def _held(self) -> IExecutionContext:
        if self._context is None:
            raise RuntimeError("the lane is closed")
        return self._context

    def _captured(self, stack: ExitStack) -> int | None:
        """A graph ready to be started; None where this network cannot be captured."""
        self._heard.forget()
        self._cuda.capture_begin(self._stream)
        try:
            self._enqueue()
        except RuntimeError as error:
            self.why_no_graph = str(error)
        try:
            graph = self._cuda.capture_end(self._stream)
        except CudaError as error:
            self._cuda.forget_error()
            self.why_no_graph = self.why_no_graph or str(error)
            return None
        try:
            return None if self.why_no_graph else self._started(stack, graph)
        finally:
            self._cuda.graph_destroy(graph)

    def _started(self, stack: ExitStack, graph: int) -> int | None:
        try:
            executable = self._cuda.graph_instantiate(graph)
        except CudaError as error:
            self._cuda.forget_error()
            self.why_no_graph = str(error)
            return None
        stack.callback(self._cuda.executable_destroy, executable)
        return executable

    def _let_go(self) -> None:
        """TensorRT frees a context when nobody holds it any more."""
        self._context = None
        self._graph = None
