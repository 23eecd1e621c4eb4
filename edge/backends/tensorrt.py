"""TensorRT on an NVIDIA GPU: runs an engine that was built on this device.

One implementation for `tensorrt` (10.3 to 11) and `tensorrt_rtx`; whoever makes it imports the
module, so that nothing here needs it to be installed. Building, keeping and checking engines is
`edge.engines`' affair.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import ExitStack
from types import TracebackType

import numpy as np
from typing_extensions import Self

from edge.backends import trial
from edge.backends.nvidia.lane import Lane, Shape, buffer
from edge.backends.nvidia.log import logger_for
from edge.backends.nvidia.ports import Cuda, CudaError, ICudaEngine, IExecutionContext, TensorRt
from edge.errors import BadModel
from edge.ports import FloatBatch, PictureBatch
from edge.zoo import Model

_log = logging.getLogger(__name__)
_PROFILE = 0
_FREE = -1


def buckets(batch_max: int) -> tuple[int, ...]:
    """The batch sizes that get a lane of their own: 1, 2, 4, 8, … and `batch_max`. A batch goes
    through the next one up, at less than twice its size."""
    powers = (2**n for n in range(batch_max.bit_length()))
    return tuple(sorted({*(size for size in powers if size <= batch_max), batch_max}))


class TensorRtBackend:
    """Runs `plan`, an engine of the model's network with one profile from 1 to at least
    `batch_max` pictures. Entering loads it and runs every lane; raises BadModel where the plan does
    not load or is not what the card says. A fault of the GPU raises RuntimeError. One thread."""

    def __init__(
        self, model: Model, plan: bytes, trt: TensorRt, cuda: Cuda, batch_max: int = 8
    ) -> None:
        self.batch_max = batch_max
        self._model = model
        self._plan = plan
        self._trt = trt
        self._cuda = cuda
        self._logger, self._heard = logger_for(trt)
        self._held: list[object] = []
        self._lanes: tuple[Lane, ...] = ()
        self._open = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stream = self._cuda.stream_create()
            stack.callback(self._cuda.stream_destroy, stream)
            engine = self._loaded(stack)
            self._check(engine)
            self._lanes = tuple(
                self._lane(stack, engine, size, stream) for size in buckets(self.batch_max)
            )
            stack.callback(self._forget_lanes)
            stack.callback(self._cuda.stream_synchronize, stream)
            self._open = stack.pop_all()
        without = {lane.why_no_graph for lane in self._lanes} - {""}
        if without:
            _log.warning("no CUDA graphs, which costs speed alone: %s", " · ".join(sorted(without)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        try:
            self._open.close()
        except CudaError as late:
            # After a fault of the GPU every call fails; the fault itself is what counts.
            if error is None:
                raise
            _log.warning("while closing: %s", late)

    def infer(self, batch: PictureBatch) -> Mapping[str, FloatBatch]:
        """See `edge.ports.Backend`."""
        if not self._lanes:
            raise RuntimeError("enter the backend before use")
        if not 1 <= len(batch) <= self.batch_max:
            raise RuntimeError(f"{len(batch)} pictures, 1 to {self.batch_max} fit")
        self._heard.forget()
        return next(lane for lane in self._lanes if lane.size >= len(batch)).run(batch)

    def _loaded(self, stack: ExitStack) -> ICudaEngine:
        """The engine, held with its runtime until the stack has let go of what runs it."""
        self._heard.forget()
        runtime = self._trt.Runtime(self._logger)
        engine = runtime.deserialize_cuda_engine(self._plan)
        if engine is None:
            raise self._unfit(f"TensorRT does not load it: {self._heard.words()}")
        for held in (runtime, engine):
            self._held.append(held)
            stack.callback(self._held.pop)
        return engine

    def _check(self, engine: ICudaEngine) -> None:
        """Names, kinds and shapes against the card. Raises BadModel."""
        card, modes, kinds = self._model.card, self._trt.TensorIOMode, self._trt.DataType
        wanted = {
            card.input.name: (modes.INPUT, kinds.UINT8),
            **dict.fromkeys(card.outputs, (modes.OUTPUT, kinds.FLOAT)),
        }
        names = {engine.get_tensor_name(index) for index in range(engine.num_io_tensors)}
        if names != set(wanted):
            raise self._unfit(f"it has {', '.join(sorted(names))}; the card {', '.join(wanted)}")
        for name, (mode, kind) in wanted.items():
            if (engine.get_tensor_mode(name), engine.get_tensor_dtype(name)) != (mode, kind):
                found = f"{engine.get_tensor_mode(name)} of {engine.get_tensor_dtype(name)}"
                raise self._unfit(f"{name} is {found}, the card says {mode} of {kind}")
        self._check_shapes(engine)

    def _check_shapes(self, engine: ICudaEngine) -> None:
        card = self._model.card
        given = tuple(engine.get_tensor_shape(card.input.name))
        if given != (_FREE, card.input.height, card.input.width, 3):
            size = f"{card.input.height}×{card.input.width}"
            raise self._unfit(f"{card.input.name} is {given}, the card says N×{size}×3")
        outputs: dict[str, FloatBatch] = {}
        for name in card.outputs:
            free, *rest = engine.get_tensor_shape(name)
            if free != _FREE or _FREE in rest:
                raise self._unfit(f"{name} is {(free, *rest)}: of its sizes N alone may be free")
            outputs[name] = np.empty((trial.TRIED, *rest), np.float32)
        trial.check(outputs, self._model)
        least, _, most = engine.get_tensor_profile_shape(card.input.name, _PROFILE)
        first, last = next(iter(least)), next(iter(most))
        if first > 1 or last < self.batch_max:
            raise self._unfit(f"it takes {first} to {last} pictures, not 1 to {self.batch_max}")

    def _lane(self, stack: ExitStack, engine: ICudaEngine, size: int, stream: int) -> Lane:
        card = self._model.card
        tensors = (card.input.name, *card.outputs)
        shapes = {name: (size, *tuple(engine.get_tensor_shape(name))[1:]) for name in tensors}
        given, *results = (
            buffer(stack, self._cuda, name, shape, np.uint8 if name == tensors[0] else np.float32)
            for name, shape in shapes.items()
        )
        # Whatever happens from here on: no memory is freed that something under way may touch.
        stack.callback(self._cuda.stream_synchronize, stream)
        context = self._context(engine, shapes[card.input.name], stream)
        for name, shape in shapes.items():
            if (found := tuple(context.get_tensor_shape(name))) != shape:
                raise self._unfit(f"of {size} pictures {name} is {found}, not {shape}")
        lane = Lane(context, stream, given, results, cuda=self._cuda, heard=self._heard)
        lane.open(stack)
        return lane

    def _context(self, engine: ICudaEngine, shape: Shape, stream: int) -> IExecutionContext:
        name = self._model.card.input.name
        context = engine.create_execution_context()
        if context is None or not (
            context.set_optimization_profile_async(_PROFILE, stream)
            and context.set_input_shape(name, shape)
        ):
            words = self._heard.words()
            raise RuntimeError(f"TensorRT makes no room for {shape[0]} pictures a batch: {words}")
        self._cuda.stream_synchronize(stream)  # another profile may have been copied in
        return context

    def _unfit(self, why: str) -> BadModel:
        return BadModel(
            f"engine of {self._model.path}: {why}; build it anew: `floorwatch engine build`"
        )

    def _forget_lanes(self) -> None:
        self._lanes = ()
