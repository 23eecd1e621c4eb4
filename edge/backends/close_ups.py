"""The network of second looks, on ONNX Runtime: everywhere on one thread of the processor, for a
close-up takes it a tenth of what a whole view takes, and an accelerator is busy with those."""

from __future__ import annotations

import numpy as np

from edge.backends import trial
from edge.backends.onnx import FAULTS, session
from edge.core.card import CloseUps
from edge.errors import BadModel
from edge.ports import FloatBatch, PictureBatch
from edge.zoo import Model


class OnnxCloser:
    """Runs a model's file for close-ups. Making it loads that and tries it on a blank one. Raises
    BadModel where file and card disagree."""

    def __init__(self, model: Model, of: CloseUps) -> None:
        self._of = of
        self._down = model.card.people.states.index("down")
        path = model.path.parent / of.file
        try:
            self._session = session(path, 1)
            said = self._said(np.full((1, of.side, of.side, 3), 114, np.uint8))
        except FAULTS as error:
            raise BadModel(f"model {path}: ONNX Runtime says: {trial.one_line(error)}") from None
        shape = (1, len(model.card.people.states) + 1)
        if said.shape != shape or not abs(float(said.sum()) - 1) < 0.01:
            raise BadModel(
                f"model {path}: gives {said.shape} of sum {float(said.sum()):.3g}, its card says "
                f"{shape} that sum to 1; take all files from the same export"
            )

    def down(self, close_ups: PictureBatch) -> FloatBatch:
        """See `edge.ports.Closer`."""
        # One by one: then what is said of one depends on no other, to the bit.
        said = [self._said(close_ups[n : n + 1]) for n in range(len(close_ups))]
        return np.concatenate(said)[:, self._down]

    def _said(self, close_ups: PictureBatch) -> FloatBatch:
        [said] = self._session.run([self._of.output], {self._of.input: close_ups})
        return np.asarray(said, np.float32)
