"""A held picture is the same picture again: the network need not look at it again."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType

import numpy as np
from typing_extensions import Self

from edge.core.types import Rgb
from edge.ports import Backend, FloatBatch, PictureBatch


class Repeats:
    """A `Backend` that asks another one, but not for batches of which every picture is the last one
    again. Any other batch goes on as it came, so that the answers are the other's to the last
    bit."""

    def __init__(self, backend: Backend) -> None:
        self.batch_max = backend.batch_max
        self._backend = backend
        self._picture: Rgb | None = None
        self._answer: Mapping[str, FloatBatch] = {}

    def __enter__(self) -> Self:
        self._backend.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._picture = None
        self._backend.__exit__(kind, error, tb)

    def infer(self, batch: PictureBatch) -> Mapping[str, FloatBatch]:
        """See `edge.ports.Backend`."""
        before = self._picture
        if before is None or not all(np.array_equal(one, before) for one in batch):
            answer = self._backend.infer(batch)
            self._picture = batch[-1].copy()
            self._answer = {name: rows[-1:].copy() for name, rows in answer.items()}
            return answer
        return {name: rows.repeat(len(batch), axis=0) for name, rows in self._answer.items()}
