"""A model folder, opened: fitted pictures in, `Scores` out, by the shipped steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edge.backends.onnx import OnnxBackend
from edge.core import heads
from edge.core.card import Card
from edge.core.preprocess import to_batch
from edge.core.types import Rgb, Scores
from edge.ports import Backend, Closer
from edge.zoo import find


@dataclass(frozen=True)
class Eye:
    """An opened network and its card, and what looks at close-ups, if anything does."""

    card: Card
    backend: Backend
    closer: Closer | None = None

    def see(self, rgb: Rgb, at_ns: int = 0) -> Scores:
        """What the network says of one picture that fits its input (H×W×3), seen at `at_ns`."""
        found = self.backend.infer(to_batch([rgb], self.card.input))
        people, spill = found[self.card.people.name][0], found[self.card.spill.name][0]
        return heads.read(people, spill, self.card, (rgb.shape[1], rgb.shape[0]), at_ns)


@contextmanager
def opened(folder: Path) -> Iterator[Eye]:
    """The network in a folder with its card. Raises BadModel."""
    model = find(None, folder)
    with OnnxBackend(model) as backend:
        yield Eye(model.card, backend)
