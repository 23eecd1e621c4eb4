"""ONNX Runtime on the CPU: the default, which works everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType

from typing_extensions import Self

from edge.backends import trial
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
            outputs = self.infer(trial.blank(self._model.card))
        except _FAULTS as error:
            raise BadModel(
                f"model {self._model.path}: ONNX Runtime says: {trial.one_line(error)}"
            ) from None
        trial.check(outputs, self._model)
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
