"""The network alone, through everything that can run it here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event as StopEvent

from edge.core.preprocess import to_batch
from edge.ports import PictureBatch
from edge.sources.file import FileSource
from edge.zoo import Model
from models.bench.decoding import threads
from models.bench.rounds import Contender, Done


def pictures(clip: Path, model: Model, count: int) -> PictureBatch:
    """The first pictures of a clip, as the network takes them: N×H×W×3."""
    spec = model.card.input
    taken = []
    with FileSource(clip, fit=(spec.width, spec.height), sample_fps=5.0, loop=True) as source:
        for picture in source.pictures(StopEvent()):
            taken.append(picture.rgb)
            if len(taken) == count:
                break
    return to_batch(taken, spec)


def alone(name: str, look: Callable[[PictureBatch], object], shown: PictureBatch) -> Contender:
    """Pictures looked at, so many at a time as are shown, by one caller."""

    @contextmanager
    def running() -> Iterator[Done]:
        looked = [0]

        def body(stop: StopEvent) -> None:
            while not stop.is_set():
                look(shown)
                looked[0] += len(shown)

        with threads([body]):
            yield lambda: looked[0]

    return Contender(name, running, warm=2 * len(shown))
