"""ONNX Runtime on the CPU: the default, which works everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import TracebackType

import numpy as np
from typing_extensions import Self

from edge.backends import trial
from edge.backends.abreast import Abreast
from edge.backends.runtime import ort
from edge.cores import cores
from edge.errors import BadModel
from edge.ports import FloatBatch, PictureBatch
from edge.zoo import Model

# ONNX Runtime's exceptions have no common root of their own; a wrong name is a ValueError.
FAULTS: tuple[type[Exception], ...] = (
    ValueError,
    *(
        kind
        for kind in vars(ort.capi.onnxruntime_pybind11_state).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
    ),
)


class OnnxBackend:
    """Runs `model.onnx`. Entering loads it and runs a batch of blank pictures, so that a file which
    loads but does not run is found at once. Raises BadModel where file and card disagree.

    Each picture of a batch is run by itself, on one thread of its own. All threads on all of them
    wait for one another in every layer, and for whichever core decodes meanwhile: a seventh slower
    alone, a third beside other work, and 100 MB more (`floorwatch bench`). A picture that comes
    alone has all threads, to be done sooner. The outputs are the same, bit by bit."""

    def __init__(self, model: Model, threads: int = 0, batch_max: int = 8) -> None:
        self.batch_max = batch_max
        self._model = model
        self._threads = threads or cores()
        self._lone: ort.InferenceSession | None = None
        self._each: Abreast[PictureBatch, dict[str, FloatBatch]] | None = None

    def __enter__(self) -> Self:
        try:
            self._lone = session(self._model.path, self._threads)
            each = self._lone if self._threads == 1 else session(self._model.path, 1)
            self._each = Abreast(self._threads, "onnx", partial(self._outputs, each))
            # Both at once, which other runtimes need, though they are run one by one here.
            outputs = self._outputs(self._lone, trial.blank(self._model.card))
        except FAULTS as error:
            self._let_go()
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
        self._let_go()

    def infer(self, batch: PictureBatch) -> Mapping[str, FloatBatch]:
        """See `edge.ports.Backend`."""
        lone, each = self._lone, self._each
        if lone is None or each is None:
            raise RuntimeError("enter the backend before use")
        if len(batch) == 1:
            return self._outputs(lone, batch)
        pictures = [batch[place : place + 1] for place in range(len(batch))]
        found = each.over(pictures)
        return {name: np.concatenate([one[name] for one in found]) for name in found[0]}

    def _outputs(self, session: ort.InferenceSession, batch: PictureBatch) -> dict[str, FloatBatch]:
        card = self._model.card
        names = list(card.outputs)
        return dict(zip(names, session.run(names, {card.input.name: batch}), strict=True))

    def _let_go(self) -> None:
        if self._each is not None:
            self._each.close()
        self._lone = self._each = None


def session(path: Path, threads: int) -> ort.InferenceSession:
    """A file opened on the processor. Raises one of FAULTS."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    # Between two pictures its threads would go on looking for work: twice the processor time.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
