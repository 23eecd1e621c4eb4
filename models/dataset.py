"""What one training batch is made of: so much of each source, augmented, as tensors."""

from __future__ import annotations

import queue
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from edge.core.types import Rgb
from models import augment
from models.crop import View
from models.cutout import DOWN, LOW, UPRIGHT, Rgba, lay
from models.labels import Labelled
from models.losses import Truth
from models.stores import Sample, Store

MOSAIC_SHARE = 0.25
AHEAD_MAX = 4  # batches made ahead of need
WAIT_S_MAX = 120.0
Place = tuple[Store, int]


@dataclass(frozen=True)
class Batch:
    """`images` N×3×S×S float32 RGB 0–255 and what is in each."""

    images: Tensor
    truths: list[Truth]


class Mix:
    """Draws training views from opened stores; `figures` are cut-outs with their state, `shares`
    says how much of a batch each source is, and nothing is drawn from the places held out.

    What is drawn for a step depends on the seed and the step alone, so that a run that was
    interrupted goes on as if nothing had been.
    """

    def __init__(
        self,
        stores: list[Store],
        figures: list[tuple[Rgba, int]],
        seed: int,
        side_px: int = 320,
        *,
        shares: Mapping[str, float],
        held_out: tuple[str, ...],
    ) -> None:
        by_source: dict[str, list[Place]] = defaultdict(list)
        for store in stores:
            for number in store.usable(held_out):
                by_source[store.samples[number].source].append((store, number))
        self._by_source = by_source
        self._weights = {s: _balanced([_sample(p) for p in f]) for s, f in by_source.items()}
        self._figures = figures
        self._seed, self._rng = seed, np.random.default_rng(seed)
        self.side_px = side_px
        there = {*by_source, *(["laid"] if figures and "rooms" in by_source else [])}
        self.shares = {s: p for s, p in shares.items() if s in there}

    def batch(self, step: int, count: int) -> Batch:
        """`count` views for a step, sources drawn by their shares."""
        self._rng = np.random.default_rng((self._seed, step))
        views = [self._view() for _ in range(count)]
        stacked = np.stack([v.rgb for v in views]).transpose(0, 3, 1, 2)
        truths = [
            Truth(torch.from_numpy(v.people), torch.from_numpy(v.spill), torch.from_numpy(v.sure))
            for v in views
        ]
        return Batch(torch.from_numpy(np.ascontiguousarray(stacked)).float(), truths)

    def _view(self) -> View:
        """One view, or four small ones as one."""
        if self._rng.random() < MOSAIC_SHARE:
            return augment.mosaic([self._draw(self.side_px // 2) for _ in range(4)])
        return self._draw(self.side_px)

    def _draw(self, side_px: int) -> View:
        """A view from a source drawn by its share."""
        names, odds = list(self.shares), np.array(list(self.shares.values()))
        source = names[int(self._rng.choice(len(names), p=odds / odds.sum()))]
        if source == "laid":
            rgb, people = self._laid()
            return augment.view(rgb, people, None, side_px, self._rng, sure=True)
        store, number = self._pick(source)
        sample, mask = store.samples[number], store.mask(number)
        rgb = store.picture(number)
        return augment.view(rgb, sample.people, mask, side_px, self._rng, sure=sample.empty)

    def _pick(self, source: str) -> Place:
        found = self._by_source[source]
        return found[int(self._rng.choice(len(found), p=self._weights[source]))]

    def _laid(self) -> tuple[Rgb, tuple[Labelled, ...]]:
        """An empty room with one to three cut-out people, most of them lying."""
        rng = self._rng
        store, number = self._pick("rooms")
        rgb, floor = store.picture(number), store.samples[number].floor
        people: list[Labelled] = []
        for _ in range(int(rng.integers(1, 4))):
            figure, state = self._figures[int(rng.integers(len(self._figures)))]
            if state == UPRIGHT and rng.random() < 0.65:
                state = DOWN
            laid = lay(rgb, figure, state, floor, rng)
            if laid is not None and all(_apart(laid.person, p) for p in people):
                rgb = laid.rgb
                people.append(laid.person)
        return rgb, tuple(people)


def _sample(place: Place) -> Sample:
    return place[0].samples[place[1]]


def _apart(a: Labelled, b: Labelled) -> bool:
    return abs(a.cx - b.cx) > (a.w + b.w) * 0.4 or abs(a.cy - b.cy) > (a.h + b.h) * 0.4


def _balanced(found: list[Sample]) -> NDArray[np.float64]:
    """Odds that make each state of a source about as frequent, and clips of the same length."""
    groups = [_group(sample) for sample in found]
    count: dict[tuple[str, int], int] = defaultdict(int)
    for group in groups:
        count[group] += 1
    weight = np.array([count[g] ** -0.5 * (2.0 if g[1] >= DOWN else 1.0) for g in groups])
    return np.asarray(weight / weight.sum(), np.float64)


def _group(sample: Sample) -> tuple[str, int]:
    """A clip and the most telling state in the picture."""
    clip = sample.name.split("@")[0] if "@" in sample.name else ""
    order = (DOWN, DOWN + 1, LOW, UPRIGHT)
    states = {p.state for p in sample.people}
    return clip, next((s for s in order if s in states), -1)


class Ahead:
    """Makes batches in a thread while the network computes; OpenCV lets go of the interpreter."""

    def __init__(self, mix: Mix, count: int, first_step: int = 0) -> None:
        self._mix, self._count, self._step = mix, count, first_step
        self._ready: queue.Queue[Batch | BaseException] = queue.Queue(AHEAD_MAX)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="batches", daemon=True)
        self._thread.start()

    def next(self) -> Batch:
        """The next batch; raises what making it raised, or `queue.Empty` after two minutes."""
        got = self._ready.get(timeout=WAIT_S_MAX)
        if isinstance(got, BaseException):
            raise got
        return got

    def close(self) -> None:
        """End the thread."""
        self._stop.set()
        self._thread.join(timeout=WAIT_S_MAX)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                made: Batch | BaseException = self._mix.batch(self._step, self._count)
            except Exception as error:  # noqa: BLE001 - carried to the training thread, raised there
                made = error
            self._step += 1
            while not self._stop.is_set():
                try:
                    self._ready.put(made, timeout=0.5)
                    break
                except queue.Full:
                    continue
