"""Decoding alone: as many streams at once as the pipeline is given, to small RGB, and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event as StopEvent
from threading import Thread

from edge.sources.file import FileSource
from models.bench.rounds import Contender, Done


@dataclass(frozen=True)
class Streams:
    """A clip played by so many cameras at once; every second of it has `fps` pictures, of which
    `sample_fps` are taken, and fit into (width, height)."""

    clip: Path
    fps: float
    sample_fps: float
    fit: tuple[int, int]
    count: int

    @property
    def each(self) -> float:
        """Pictures of the stream for one that is taken."""
        return max(1.0, self.fps / self.sample_fps)


@contextmanager
def threads(bodies: list[Callable[[StopEvent], None]]) -> Iterator[None]:
    """Runs them all, until left."""
    stop = StopEvent()
    started = [Thread(target=body, args=(stop,), daemon=True) for body in bodies]
    for one in started:
        one.start()
    try:
        yield
    finally:
        stop.set()
        for one in started:
            one.join()


def alone(name: str, streams: Streams) -> Contender:
    """Source frames decoded, of all streams together."""

    @contextmanager
    def running() -> Iterator[Done]:
        taken = [0] * streams.count

        def play(number: int, stop: StopEvent) -> None:
            with FileSource(
                streams.clip, fit=streams.fit, sample_fps=streams.sample_fps, loop=True
            ) as source:
                for picture in source.pictures(stop):
                    _ = picture.rgb  # made when asked for
                    taken[number] += 1

        with threads([_bound(play, number) for number in range(streams.count)]):
            yield lambda: sum(taken) * streams.each

    return Contender(name, running, warm=2 * streams.each * streams.count)


def _bound(play: Callable[[int, StopEvent], None], number: int) -> Callable[[StopEvent], None]:
    return lambda stop: play(number, stop)
