"""ONNX Runtime on the CPU: the default, which works everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType

import numpy as np
from typing_extensions import Self

from edge.backends.runtime import ort
from edge.errors import BadModel
from edge.ports import FloatBatch, PictureBatch
from edge.zoo import Model

# ONNX Runtime's exceptions have no common root of their own; a wrong name is a ValueError.
_FAULTS: tuple[type[Exception], ...] = (
    ValueError,
    *(
        kind
        for kind in vars(ort.capi.onnxruntime_pybind11_state).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
    ),
)
_TRIED = 2  # a file exported for single pictures runs one, and fails when two cameras meet


class OnnxBackend:
    """Runs `model.onnx`. Entering loads it and runs a batch of blank pictures, so that a file which
    loads but does not run is found at once. Raises BadModel where file and card disagree."""

    def __init__(self, model: Model, threads: int = 0, batch_max: int = 8) -> None:
        self.batch_max = batch_max
        self._model = model
        self._threads = threads
        self._session: ort.InferenceSession | None = None

    def __enter__(self) -> Self:
        options = ort.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(
                str(self._model.path), options, providers=["CPUExecutionProvider"]
            )
            spec = self._model.card.input
            outputs = self.infer(np.zeros((_TRIED, spec.height, spec.width, 3), np.uint8))
        except _FAULTS as error:
            raise BadModel(f"model {self._model.path}: ONNX Runtime says: {_line(error)}") from None
        _check(outputs, self._model)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._session = None

    def infer(self, batch: PictureBatch) -> Mapping[str, FloatBatch]:
        """See `edge.ports.Backend`."""
        if self._session is None:
            raise RuntimeError("enter the backend before use")
        card = self._model.card
        names = [card.people.name, card.spill.name]
        return dict(zip(names, self._session.run(names, {card.input.name: batch}), strict=True))


def _check(outputs: Mapping[str, FloatBatch], model: Model) -> None:
    card = model.card
    people, spill = outputs[card.people.name], outputs[card.spill.name]
    columns = 5 + len(card.people.states)
    said = f"model {model.path}: of {_TRIED} pictures output"
    if people.ndim != 3 or people.shape[::2] != (_TRIED, columns):
        raise BadModel(
            f"{said} {card.people.name} is {people.shape}, its card says {_TRIED}×A×{columns}"
        )
    cells = sum(
        (card.input.height // stride) * (card.input.width // stride)
        for stride in card.people.strides
    )
    if cells not in (0, people.shape[1]):
        raise BadModel(
            f"{said} {card.people.name} has {people.shape[1]} rows, its card's strides make {cells}"
        )
    grid = (card.input.height // card.spill.stride, card.input.width // card.spill.stride)
    if spill.shape != (_TRIED, *grid):
        raise BadModel(
            f"{said} {card.spill.name} is {spill.shape}, its card says {_TRIED}×{grid[0]}×{grid[1]}"
        )


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
