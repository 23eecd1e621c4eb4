"""A camera's own whole pictures as a lesson for the state heads alone.

What lies about in a view for good is in all of its pictures, and a crop of it, turned and scaled,
is another thing. So a later part of a site's run looks at whole pictures as the camera sends them:
its normal footage, in which whatever alarms is wrong, the same with people put into it
(`models.guests`), and what else is labelled; most in other colours, for half an hour shows the
clothes of a few. Only the state heads learn. They say how somebody is
and correct how surely anybody is there, and boxes stay what they are; so trunk, neck and COCO's
path say the same of a picture each time, are asked once, and a step costs a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from models import colours, quiet, remember
from models.crop import in_pixels
from models.dataset import Place
from models.guests import Guests
from models.labels import CELL_PX, STATES, Labelled
from models.losses import Truth, all_losses
from models.network import STRIDES, Network, Raw
from models.recipe import OwnView
from models.schedule import set_rates
from models.site_places import place
from models.stores import HEIGHT, PAD, WIDTH, Store

VARIED_SHARE = 0.6  # of the pictures, in other colours
_SIZE = (HEIGHT, WIDTH)
_CELLS = (HEIGHT // CELL_PX, WIDTH // CELL_PX)
_NOTHING = torch.zeros(1, *_CELLS)
_WARM_UP = 1 / 15  # of the steps


@dataclass(frozen=True)
class Looked:
    """What never changes of a picture: the neck's maps in 16 bits, boxes A×4 and the logit A that
    somebody is there, as COCO's path says, what the state heads said before (A×states + 1), and
    who is in it."""

    levels: tuple[Tensor, ...]
    boxes: Tensor
    there: Tensor
    before: Tensor
    truth: Truth


@dataclass(frozen=True)
class Lesson:
    """Looked at once: pictures in which nothing happens, the same with guests, and others."""

    normal: Sequence[Looked]
    guests: Sequence[Looked]
    labelled: Sequence[Looked]


@torch.no_grad()
def look(network: Network, rgb: NDArray[np.uint8], truth: Truth) -> Looked:
    """A padded picture, 384×640×3, looked at once."""
    image = torch.from_numpy(np.array(rgb)).permute(2, 0, 1)[None].float()
    levels = network.maps(network.fine(image)).levels
    placed = [network.place(number, level, _SIZE) for number, level in enumerate(levels)]
    judged = [network.judge(number, level, _SIZE) for number, level in enumerate(levels)]
    return Looked(
        tuple(level[0].half() for level in levels),
        torch.cat([box for box, _ in placed], 1)[0],
        torch.cat([there for _, there in placed], 1)[0],
        torch.cat(judged, 1)[0],
        truth,
    )


def lesson(
    network: Network, own: Sequence[Place], others: Sequence[Place], guests: Guests, plan: OwnView,
    *, seed: int,
) -> Lesson | None:  # fmt: skip
    """What `network` sees in pictures of the site's normal footage (`own`), in as many as the plan
    says with guests, and in no more labelled ones. None where no guest fits anywhere."""
    rng = np.random.default_rng((seed, len(own)))
    if len(others) > plan.guests:  # each takes a megabyte
        others = [others[number] for number in rng.permutation(len(others))[: plan.guests]]
    chosen = [own[number] for number in rng.permutation(len(own))[: plan.pictures]]
    count = len(chosen) + plan.guests + len(others)
    with tqdm(total=count, desc="own views", unit="picture", leave=False, disable=None) as bar:

        def looked(places: Iterator[tuple[NDArray[np.uint8], Truth]]) -> list[Looked]:
            found = []
            for rgb, truth in places:
                varied = rng.random() < VARIED_SHARE
                found.append(look(network, colours.varied(rgb, rng) if varied else rgb, truth))
                bar.update()
            return found

        invited = looked(_with_guests(chosen, guests, plan.guests, rng))
        if not invited:
            return None
        normal = looked((store.pictures[n], _truth((), store, n)) for store, n in chosen)
        return Lesson(normal, invited, looked(_known(others)))


def _known(places: Sequence[Place]) -> Iterator[tuple[NDArray[np.uint8], Truth]]:
    for store, number in places:
        sample = store.samples[number]
        yield store.pictures[number], _truth(sample.people, store, number, sure=sample.empty)


def _with_guests(
    own: Sequence[Place], guests: Guests, count: int, rng: np.random.Generator
) -> Iterator[tuple[NDArray[np.uint8], Truth]]:
    stood = [one for one in own if guests.stood.get(place(_name(one)))]
    for _ in range(count if stood else 0):
        store, number = stood[int(rng.integers(len(stood)))]
        seen = guests.picture(store.picture(number), place(_name((store, number))), rng)
        if seen is None:
            continue
        rgb, people = seen
        padded = np.full((HEIGHT, WIDTH, 3), PAD, np.uint8)
        padded[: rgb.shape[0], : rgb.shape[1]] = rgb
        yield padded, _truth(people, store, number)


def _name(place: Place) -> str:
    return place[0].samples[place[1]].name


def _truth(people: Sequence[Labelled], store: Store, number: int, *, sure: bool = False) -> Truth:
    sample = store.samples[number]
    known = torch.from_numpy(in_pixels(people, sample.width, sample.height))
    return Truth(known, torch.zeros(_CELLS), torch.full(_CELLS, float(sure)))


def learn(network: Network, from_: Lesson, plan: OwnView, seed: int) -> list[dict[str, float]]:
    """Teach the state heads of `network`, in place. Returns each step's losses."""
    parameters = list(network.state.parameters())
    network.requires_grad_(False)
    network.state.requires_grad_(True)
    group = {"params": parameters, "lr": plan.rate, "top": plan.rate}
    optimiser = torch.optim.AdamW([group], weight_decay=plan.decay)
    rng = np.random.default_rng((seed, plan.steps))
    cells = plan.batch * _alarming(from_.normal)
    log = []
    with tqdm(total=plan.steps, desc="state heads", unit="step", mininterval=2) as bar:
        for step in range(plan.steps):
            set_rates(optimiser, step, plan.steps, _WARM_UP * plan.steps)
            losses = _losses(network, from_, plan, cells, rng)
            optimiser.zero_grad(set_to_none=True)
            torch.stack([*losses.values()]).sum().backward()  # type: ignore[no-untyped-call]  # untyped
            torch.nn.utils.clip_grad_norm_(parameters, plan.gradient_max)
            optimiser.step()
            log.append({name: float(value.detach()) for name, value in losses.items()})
            bar.update()
    network.requires_grad_(True)
    return log


def _alarming(normal: Sequence[Looked]) -> float:
    """In how many cells of a picture somebody was called down before, on average."""
    counts = []
    for one in normal:
        score, states = one.there + one.before[:, len(STATES)], one.before[:, : len(STATES)]
        counts.append(quiet.alarming(Raw(one.boxes[None], score[None], states[None], _NOTHING)))
    return float(np.mean(counts))


def _losses(
    network: Network, from_: Lesson, plan: OwnView, cells: float, rng: np.random.Generator
) -> dict[str, Tensor]:
    """Of one step's draw; what alarms is spread over so many `cells`. Of what nobody labelled the
    old opinion is the target, whom it called down left out: there it is normal footage that
    tells."""
    drawn = [
        some[int(at)]
        for some in (from_.guests, from_.labelled, from_.normal)
        for at in rng.integers(len(some), size=plan.batch if some else 0)
    ]
    now, before = _raws(network, drawn)
    truths = [one.truth for one in drawn]
    known = all_losses(now, remember.opinion(before), truths, _SIZE)
    normal = Raw(*(part[-plan.batch :] for part in (now.boxes, now.score, now.states, now.spill)))
    return {
        "score": known.score,
        "state": known.state,
        "remember": remember.loss(now, before, truths),
        "quiet": quiet.loss(normal, plan.wrong_weight, 0.0, cells=cells),
    }


def _raws(network: Network, drawn: Sequence[Looked]) -> tuple[Raw, Raw]:
    """What the network says now of these pictures, and what it said before."""
    judged = []
    for number in range(len(STRIDES)):
        level = torch.stack([one.levels[number] for one in drawn]).float()
        judged.append(network.judge(number, level, _SIZE))
    boxes = torch.stack([one.boxes for one in drawn])
    there = torch.stack([one.there for one in drawn])
    nothing = torch.zeros(len(drawn), *_CELLS)

    def raw(extra: Tensor) -> Raw:
        score = there + extra[..., len(STATES)]
        return Raw(boxes, score, extra[..., : len(STATES)], nothing)

    return raw(torch.cat(judged, 1)), raw(torch.stack([one.before for one in drawn]))
