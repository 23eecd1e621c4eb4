"""The state machine of an execution context: `tests.support.fake_tensorrt` makes them."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.support.fake_cuda import FakeCuda, ProtocolBroken, Work

if TYPE_CHECKING:
    from tests.support.fake_tensorrt import ICudaEngine, Shape, Tensor

_ERROR = 1


class IExecutionContext:
    """`_state` counts changes of shapes and addresses: a graph is good for one state alone."""

    __slots__ = ("__weakref__", "_addresses", "_batch", "_engine", "_ready", "_state", "_under_way")

    def __init__(self, engine: ICudaEngine) -> None:
        self._engine = engine
        self._batch: Shape | None = None
        self._addresses: dict[str, int] = {}
        self._ready = False
        self._state = 0
        self._under_way: set[int] = set()
        engine._trt._alive.add(self)

    def set_optimization_profile_async(self, profile_index: int, stream_handle: int) -> bool:
        self._at_rest("profile")
        if profile_index != 0 or self._engine._refused("set_optimization_profile_async"):
            return False
        self._changed()
        self._batch = None
        self._cuda().put(Work("a change of profile", (), _nothing, _nothing), stream_handle)
        return True

    def set_input_shape(self, name: str, shape: Shape) -> bool:
        self._at_rest("shape")
        tensor = self._engine._tensors.get(name)
        least, _, most = self._engine._profile
        if (
            tensor is None
            or not tensor.given
            or tuple(shape[1:]) != tensor.shape[1:]
            or not least <= shape[0] <= most
            or self._engine._refused("set_input_shape")
        ):
            self._engine._logger.log(_ERROR, f"setInputShape: {name} cannot be {shape}")
            return False
        self._changed()
        self._batch = tuple(shape)
        return True

    def set_tensor_address(self, name: str, memory: int) -> bool:
        self._at_rest("address")
        if name not in self._engine._tensors or self._engine._refused("set_tensor_address"):
            self._engine._logger.log(_ERROR, f"setTensorAddress: {name}")
            return False
        self._cuda().at(memory, 1)
        self._changed()
        self._addresses[name] = memory
        return True

    def get_tensor_shape(self, name: str) -> Shape:
        free, *rest = self._engine._tensors[name].shape
        return (self._batch[0] if self._batch else free, *rest)

    def execute_async_v3(self, stream_handle: int) -> bool:
        stream = self._cuda().stream(stream_handle)
        self._complete()
        if self._engine._refused("execute_async_v3"):
            return False
        if self._under_way - {stream_handle}:
            raise ProtocolBroken("one context on two streams at once")
        if stream.captured is not None:
            if not self._ready:
                raise ProtocolBroken("captured before a first run with these shapes")
            if not self._engine._trt._captures:
                stream.spoilt = True
                self._engine._logger.log(_ERROR, "operation not permitted when capturing")
                return False
        self._cuda().put(self._work(stream_handle), stream_handle)
        return True

    def _work(self, stream: int) -> Work:
        """What a run is. Held weakly: a context that was let go runs no more."""
        here, state = weakref.ref(self), self._state

        def context() -> IExecutionContext:
            found = here()
            if found is None:
                raise ProtocolBroken("the context was freed before its work was done")
            return found

        def replayable() -> None:
            if context()._state != state:
                raise ProtocolBroken("graph replayed after shapes or addresses were changed")

        def begin() -> None:
            context()._under_way.add(stream)

        def do() -> None:
            context()._run()
            context()._under_way.discard(stream)

        return Work("a run", tuple(self._addresses.values()), begin, do, replayable)

    def _run(self) -> None:
        shapes, session = self._complete(), self._engine._session
        given: dict[str, Any] = {}
        for name, tensor in self._engine._tensors.items():
            if tensor.given:
                size_bytes = _size_bytes(tensor, shapes[name])
                data = bytes(self._cuda().at(self._addresses[name], size_bytes)[:size_bytes])
                given[name] = np.frombuffer(data, tensor.numpy).reshape(shapes[name])
        outputs = [one.name for one in session.get_outputs()]
        for name, value in zip(outputs, session.run(outputs, given), strict=True):
            memory = self._cuda().at(self._addresses[name], value.nbytes)
            memory[: value.nbytes] = value.tobytes()
        self._ready = True

    def _complete(self) -> Mapping[str, Shape]:
        """Every shape, once all of them and all addresses are set and large enough."""
        tensors = self._engine._tensors
        if self._batch is None:
            raise ProtocolBroken("run before its shapes were set")
        if missing := set(tensors) - set(self._addresses):
            raise ProtocolBroken(f"run before its addresses were set: {sorted(missing)}")
        shapes = {name: self.get_tensor_shape(name) for name in tensors}
        for name, tensor in tensors.items():
            self._cuda().at(self._addresses[name], _size_bytes(tensor, shapes[name]))
        return shapes

    def _changed(self) -> None:
        self._state += 1
        self._ready = False

    def _at_rest(self, what: str) -> None:
        if self._under_way:
            raise ProtocolBroken(f"{what} changed while a run is under way")

    def _cuda(self) -> FakeCuda:
        return self._engine._trt._cuda


def _nothing() -> None:
    pass


def _size_bytes(tensor: Tensor, shape: Shape) -> int:
    return prod(shape) * np.dtype(tensor.numpy).itemsize
