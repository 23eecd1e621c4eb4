"""False alarms as teachers: where nothing happens, what alarms is wrong, whatever it is.

Nobody has to label anything: pictures of a site's normal days, or of `normal/`, are looked at once
by the network a run begins with. Where it comes near an alarm it is shown that place again and
again, and punished for calling anybody there *down* or the floor wet. That somebody is there at
all it may go on saying: it is the state that is wrong, or nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models import augment
from models.crop import View
from models.labels import CELL_PX, STATES, UNKNOWN, Labelled
from models.mine import NEAR
from models.network import Network, Raw
from models.stores import PAD, Store

DOWN = STATES.index("down")
BOXES_MAX = 3
AT_ONCE = 8
MIRRORED_SHARE = 0.3
COUNTS = 0.05  # cells below this alarm nobody


@dataclass(frozen=True)
class Alarming:
    """One picture with the boxes that came near an alarm, and H×W where the floor did (255)."""

    store: Store
    number: int
    boxes: tuple[Labelled, ...]
    wet: NDArray[np.uint8]


@torch.no_grad()
def mine(
    network: Network, looked_at: Iterable[tuple[Store, int]], collapse: float, spill: float
) -> list[Alarming]:
    """The pictures on which a network comes near an alarm at these thresholds."""
    found: list[Alarming] = []
    waiting = list(looked_at)
    device = next(network.parameters()).device
    while waiting:
        now, waiting = waiting[:AT_ONCE], waiting[AT_ONCE:]
        pictures = np.stack([store.pictures[number] for store, number in now])
        images = torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float()
        with device:
            people, wet = (x.cpu().numpy() for x in network(images))
        for (store, number), heads, floor in zip(now, people, wet, strict=True):
            boxes = _lying(heads, NEAR * collapse, store, number)
            mask = np.repeat(np.repeat(floor >= NEAR * spill, CELL_PX, 0), CELL_PX, 1)
            if boxes or mask.any():
                found.append(Alarming(store, number, boxes, mask.astype(np.uint8) * 255))
    return found


def _lying(
    people: NDArray[np.float32], least: float, store: Store, number: int
) -> tuple[Labelled, ...]:
    """The boxes that say most surely that somebody is down."""
    alarm = people[:, 4] * people[:, 5 + DOWN]
    best = np.argsort(-alarm)[:BOXES_MAX]
    sample = store.samples[number]
    size = np.array([sample.width, sample.height] * 2, np.float32)
    boxes = people[best[alarm[best] >= least], :4] / size
    return tuple(Labelled(float(x), float(y), float(w), float(h), UNKNOWN) for x, y, w, h in boxes)


def views(
    found: list[Alarming], count: int, side_px: int, rng: np.random.Generator, *,
    plain: bool = False,
) -> list[NDArray[np.uint8]]:  # fmt: skip
    """`count` crops S×S×3 around what alarmed, every source as often as any other, and people as
    often as floors: made pictures are many, and a real camera's clutter is not to be lost among
    them, nor who kneels once on a floor that shines all day. `plain` ones are as the camera sees
    them, which is how they alarm: turned, darkened and scaled as for training, hardly any does."""
    kinds: dict[tuple[str, bool], list[Alarming]] = {}
    for one in found:
        source = one.store.samples[one.number].source
        for wet, there in ((False, bool(one.boxes)), (True, bool(one.wet.any()))):
            if there:
                kinds.setdefault((source, wet), []).append(one)
    groups = list(kinds.items())
    crops: list[NDArray[np.uint8]] = []
    for _ in range(count):
        (_, wet), group = groups[int(rng.integers(len(groups)))]
        one = group[int(rng.integers(len(group)))]
        crops.append(_plain(one, wet, side_px, rng) if plain else _view(one, side_px, rng).rgb)
    return crops


def _plain(one: Alarming, wet: bool, side_px: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """A piece of the picture with what alarmed somewhere in it, a little brighter or darker, or
    mirrored."""
    picture = one.store.picture(one.number)
    height, width = picture.shape[:2]
    if wet:
        rows, columns = np.nonzero(one.wet[:height, :width])
        at = int(rng.integers(len(rows)))
        x, y = float(columns[at]), float(rows[at])
    else:
        box = one.boxes[int(rng.integers(len(one.boxes)))]
        x, y = box.cx * width, box.cy * height
    x, y = (v + rng.uniform(-0.3, 0.3) * side_px - side_px / 2 for v in (x, y))
    left = int(np.clip(x, 0, max(0, width - side_px)))
    top = int(np.clip(y, 0, max(0, height - side_px)))
    piece = picture[top : top + side_px, left : left + side_px]
    if rng.random() < MIRRORED_SHARE:
        piece = piece[:, ::-1]
    lit = np.clip(piece * rng.uniform(0.9, 1.1), 0, 255).astype(np.uint8)
    whole = np.full((side_px, side_px, 3), PAD, np.uint8)
    whole[: lit.shape[0], : lit.shape[1]] = lit
    return whole


def _view(one: Alarming, side_px: int, rng: np.random.Generator) -> View:
    sample = one.store.samples[one.number]
    wet = one.wet[: sample.height, : sample.width] if one.wet.any() else None
    picture = one.store.picture(one.number)
    return augment.view(picture, one.boxes, wet, side_px, rng)


def loss(
    raw: Raw, collapse: float = 2.0, spill: float = 2.0, *, cells: float | None = None
) -> Tensor:
    """How much a batch in which nothing happens alarms, each label weighted: spread over the cells
    that call somebody down now, or over `cells`. With a number of its own it fades as they fall
    silent; else the last of them weigh as much as all did, and take those who lie with them."""
    down, wet = _down(raw), torch.sigmoid(raw.spill)
    wrong = -torch.log1p(-down.clamp(max=0.999)) * down.detach()
    damp = functional.softplus(raw.spill) * wet.detach()
    over = _count(down).clamp(min=1) if cells is None else max(cells, 1.0)
    return collapse * wrong.sum() / over + spill * damp.sum() / _count(wet).clamp(min=1)


def alarming(raw: Raw) -> int:
    """How many cells of a batch call somebody down."""
    return int(_count(_down(raw)))


def _down(raw: Raw) -> Tensor:
    return torch.sigmoid(raw.score) * torch.softmax(raw.states, 2)[..., DOWN]


def _count(alarm: Tensor) -> Tensor:
    return (alarm.detach() > COUNTS).sum()
