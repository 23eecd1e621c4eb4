"""A site's own close-ups: second looks learn what its cameras take for somebody who is down on days
when nobody is.

Half an hour in which nobody is down says nothing of who lies there, so the network is shown people
of known state beside it: rendered ones put into the cameras' own pictures (`models.guests`), and
rendered scenes. Of what alarmed it learns one thing alone, that nobody was down: whether somebody
knelt there or a coat lay on a chair is not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from edge.core.types import Box
from models import quiet
from models.closer import close_ups, nobody, seen, training
from models.closer.close_ups import Shown
from models.closer.network import Closer
from models.closer.training import DOWN
from models.dataset import Place
from models.guests import Guests
from models.labels import UNKNOWN
from models.network import Network
from models.schedule import set_rates
from models.site_places import place
from models.stores import Store

ALARMS_MAX, GUESTS, REHEARSED_MAX, NOBODY_PICTURES = 1500, 300, 2500, 200
KNOWN, WRONG = 32, 24  # close-ups of a step: of known state, and of what alarmed
GUESTS_SHARE = 0.3  # of the known ones
# How much of what is known each class is: who lies is not to sink.
CLASSES_SHARE: tuple[float, ...] = (0.08, 0.27, 0.45, 0.05, 0.15)
RATE, DECAY, GRADIENT_MAX, SMOOTHING = 3e-4, 1e-3, 5.0, 0.05
WARM_UP = 1 / 8  # of the steps


@dataclass(frozen=True)
class Lesson:
    """Close-ups of what alarmed while nobody was down, of guests in the cameras' own pictures, and
    of rendered scenes."""

    wrong: Sequence[Shown]
    guests: Sequence[Shown]
    rehearsed: Sequence[Shown]

    def words(self) -> str:
        """How many of each."""
        return (
            f"{len(self.wrong)} of what alarms while nobody is down, {len(self.guests)} of people "
            f"put in, {len(self.rehearsed)} rendered"
        )


def lesson(
    network: Network, own: Sequence[Place], rehearsed: Sequence[Store], guests: Guests, *,
    threshold: float, seed: int,
) -> Lesson | None:  # fmt: skip
    """What `network` takes for somebody who is down, near that threshold, in pictures of the site's
    normal footage, and what is known beside it. None where nothing alarms, or nobody is known."""
    rng = np.random.default_rng((seed, len(own)))
    wrong = [*_wrong(network, own, threshold, rng)]
    put = [*_guests(own, guests, rng)] if wrong else []
    known = [*_rehearsed(network, rehearsed, rng)] if put else []
    return Lesson(wrong, put, known) if known else None


def _wrong(
    network: Network, own: Sequence[Place], threshold: float, rng: np.random.Generator
) -> Iterator[Shown]:
    found = quiet.mine(network, own, threshold, 1.0)
    boxes = [(one, box) for one in found for box in one.boxes]
    for number in rng.permutation(len(boxes))[:ALARMS_MAX]:
        one, at = boxes[number]
        box = Box(at.cx - at.w / 2, at.cy - at.h / 2, at.w, at.h)
        sample = one.store.samples[one.number]
        yield close_ups.about(one.store.picture(one.number), box, UNKNOWN, sample.place)


def _guests(own: Sequence[Place], guests: Guests, rng: np.random.Generator) -> Iterator[Shown]:
    names = [place(store.samples[number].name) for store, number in own]
    stood = [number for number, name in enumerate(names) if guests.stood.get(name)]
    for _ in range(GUESTS if stood else 0):
        chosen = stood[int(rng.integers(len(stood)))]
        store, number = own[chosen]
        made = guests.picture(store.picture(number), names[chosen], rng)
        if made is None:
            continue
        rgb, people = made
        for one in people:
            box = Box(one.cx - one.w / 2, one.cy - one.h / 2, one.w, one.h)
            yield close_ups.about(rgb, box, one.state, store.samples[number].place)


def _rehearsed(
    network: Network, stores: Sequence[Store], rng: np.random.Generator
) -> Iterator[Shown]:
    for store in stores:
        people = [*close_ups.cut(store)]
        for number in rng.permutation(len(people))[:REHEARSED_MAX]:
            yield people[number]
        numbers = [n for n in store.usable(()) if store.samples[n].source == nobody.RENDERED]
        some = sorted(rng.permutation(numbers)[:NOBODY_PICTURES].tolist())
        yield from nobody.of(store, network, some)


def learn(network: Closer, from_: Lesson, steps: int, seed: int) -> list[dict[str, float]]:
    """Teach the network in place, half a second a step on one core. Returns each step's losses."""
    draw = _Draw(_by_class(from_.rehearsed), _by_class(from_.guests), from_.wrong, seed)
    for part in (network.backbone.stem, network.backbone.stage4):
        part.requires_grad_(False)
    parameters = [one for one in network.parameters() if one.requires_grad]
    group = {"params": parameters, "lr": RATE, "top": RATE}
    optimiser = torch.optim.AdamW([group], weight_decay=DECAY)
    network.train()
    torch.manual_seed(seed)  # of what is dropped
    log = []
    with tqdm(total=steps, desc="close-ups", unit="step", mininterval=2) as bar:
        for step in range(steps):
            set_rates(optimiser, step, steps, WARM_UP * steps)
            losses = _losses(network, *draw.batch(step))
            optimiser.zero_grad(set_to_none=True)
            torch.stack([*losses.values()]).sum().backward()  # type: ignore[no-untyped-call]  # untyped
            torch.nn.utils.clip_grad_norm_(parameters, GRADIENT_MAX)
            optimiser.step()
            log.append({name: float(value.detach()) for name, value in losses.items()})
            bar.update()
    network.requires_grad_(True)
    network.eval()
    return log


def _losses(network: Closer, images: Tensor, kinds: Tensor) -> dict[str, Tensor]:
    """The last WRONG of a batch alarmed while nobody was down."""
    said = network(images)
    known, wrong = said[: len(kinds)], torch.softmax(said[len(kinds) :], 1)[:, DOWN]
    return {
        "close_up": torch.nn.functional.cross_entropy(known, kinds, label_smoothing=SMOOTHING),
        "close_up_wrong": -torch.log1p(-wrong.clamp(max=0.999)).mean(),
    }


_ByClass = list[list[Shown]]


def _by_class(shown: Sequence[Shown]) -> _ByClass:
    return [[one for one in shown if one.kind == kind] for kind in range(len(CLASSES_SHARE))]


@dataclass(frozen=True)
class _Draw:
    rehearsed: _ByClass
    guests: _ByClass
    wrong: Sequence[Shown]
    seed: int

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """KNOWN + WRONG close-ups, N×3×SIDE×SIDE float32, and the classes of the known ones."""
        rng = np.random.default_rng((self.seed, step))
        known = [self._known(rng) for _ in range(KNOWN)]
        places = sorted({one.place for one in self.wrong})
        wrong = [self._alarm(places, rng) for _ in range(WRONG)]
        pictures: list[NDArray[np.uint8]] = [
            seen.varied(one.rgb, one.box, rng) for one in (*known, *wrong)
        ]
        return training.images(np.stack(pictures)), torch.tensor([one.kind for one in known])

    def _known(self, rng: np.random.Generator) -> Shown:
        of = self.guests if rng.random() < GUESTS_SHARE else self.rehearsed
        there = np.array([s if some else 0.0 for s, some in zip(CLASSES_SHARE, of, strict=True)])
        some = of[int(rng.choice(len(of), p=there / there.sum()))]
        return some[int(rng.integers(len(some)))]

    def _alarm(self, places: Sequence[str], rng: np.random.Generator) -> Shown:
        """Every camera as often as any other."""
        at = places[int(rng.integers(len(places)))]
        some = [one for one in self.wrong if one.place == at]
        return some[int(rng.integers(len(some)))]
