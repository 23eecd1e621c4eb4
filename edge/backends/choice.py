"""Which runtime is the fastest on this machine: each one that works here looks at a few pictures.

What is fast elsewhere proves nothing: OpenVINO beats ONNX Runtime on one processor, is beaten on
the next and does not exist on a third; a GPU may be there without its driver. So it is tried, once,
when the daemon starts, for a second or so a runtime. Runtimes differ in the last digits of a score:
what promises the same bytes twice (`replay`, `evaluate`) does not choose, and takes ONNX Runtime.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edge.core.card import Card
from edge.errors import BadModel
from edge.ports import Backend, FloatBatch, PictureBatch

_BATCHES = (1, 4)  # one camera, and several
_ROUNDS = 3
_ENOUGH_S = 2.0  # a machine so slow, or so busy, is not to wait for better numbers
_EARLIER = 1.05  # what stands earlier among the candidates gives way to what is faster than this
# Of a score, or of the largest feature, from that of the last candidate; fp16 makes less.
_APART_MAX = 0.02
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Candidate:
    """A runtime by the name it has in the site file. What `make` gives raises BadModel when
    entered, where it does not work here."""

    name: str
    make: Callable[[], Backend]


@dataclass(frozen=True)
class Tried:
    """What became of a candidate: pictures a second, or why it cannot be used."""

    name: str
    pictures_per_s: float = 0.0
    fault: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.fault or f'{self.pictures_per_s:.0f} pictures/s'}"


@dataclass(frozen=True)
class Choice:
    """The runtime chosen, and how all of them did."""

    chosen: Candidate
    tried: tuple[Tried, ...]

    def __str__(self) -> str:
        return f"{self.chosen.name} runs the network ({'; '.join(map(str, self.tried))})"


def choose(
    candidates: Sequence[Candidate], card: Card, now_s: Callable[[], float] = time.perf_counter
) -> Choice:
    """Tries all and says so in one line of the log. The fastest wins; where two are about as fast,
    the one that stands first. The last is the one that works everywhere: what gives other scores
    than it is left out, and what it finds wrong with the model is wrong. Raises BadModel then."""
    if len(candidates) == 1:
        return Choice(candidates[0], ())
    pictures = _pictures(card)
    *others, last = candidates
    wanted, speed = _looked(last, pictures, now_s)
    tried = [*(_try(one, pictures, wanted, card, now_s) for one in others), Tried(last.name, speed)]
    best = 0
    for place, one in enumerate(tried):
        if one.pictures_per_s > _EARLIER * tried[best].pictures_per_s:
            best = place
    choice = Choice(candidates[best], tuple(tried))
    _log.info("%s", choice)
    return choice


def _try(
    candidate: Candidate,
    pictures: PictureBatch,
    wanted: Mapping[str, FloatBatch],
    card: Card,
    now_s: Callable[[], float],
) -> Tried:
    try:
        found, speed = _looked(candidate, pictures, now_s)
    except BadModel as error:
        return Tried(candidate.name, fault=f"cannot be used: {error}")
    apart = _apart(found, wanted, card)
    if not apart <= _APART_MAX:  # so that NaN is apart as well
        return Tried(candidate.name, fault=f"is left out: its scores are {apart:.2g} off")
    return Tried(candidate.name, speed)


def _looked(
    candidate: Candidate, pictures: PictureBatch, now_s: Callable[[], float]
) -> tuple[Mapping[str, FloatBatch], float]:
    """What it makes of the pictures, and how many it looks at in a second: the mean over the sizes
    of batch of the best of some rounds, for other programs may have had the processor in between.
    """
    with candidate.make() as backend:
        found = backend.infer(pictures)
        speeds, began_s = [], now_s()
        for size in _BATCHES:
            backend.infer(pictures[:size])  # the first of a size may set things up
            took_s = [_took_s(backend, pictures[:size], now_s)]
            while len(took_s) < _ROUNDS and now_s() - began_s < _ENOUGH_S:
                took_s.append(_took_s(backend, pictures[:size], now_s))
            speeds.append(size / min(took_s))
    return found, sum(speeds) / len(speeds)


def _took_s(backend: Backend, pictures: PictureBatch, now_s: Callable[[], float]) -> float:
    began_s = now_s()
    backend.infer(pictures)
    return max(now_s() - began_s, 1e-9)


def _apart(found: Mapping[str, FloatBatch], wanted: Mapping[str, FloatBatch], card: Card) -> float:
    """How far scores are apart at most, and features, as a share of the largest. Boxes are in
    pixels, and may be further."""
    people, spill = card.people.name, card.spill.name
    scores = np.abs(found[people][..., 4:] - wanted[people][..., 4:]).max()
    liquid = np.abs(found[spill] - wanted[spill]).max()
    apart = np.maximum(scores, liquid)  # max() would lose a NaN
    if card.features is not None:
        one, other = found[card.features.name], wanted[card.features.name]
        apart = np.maximum(apart, np.abs(one - other).max() / max(np.abs(other).max(), 1e-9))
    return float(apart)


def _pictures(card: Card) -> PictureBatch:
    """Blotches of all colours, the same every time: blank pictures would hide wrong arithmetic."""
    rng = np.random.default_rng(0)
    height, width = card.input.height, card.input.width
    tiles = rng.integers(0, 256, (max(_BATCHES), height // 32, width // 32, 3), np.uint8)
    return np.ascontiguousarray(tiles.repeat(32, axis=1).repeat(32, axis=2))
