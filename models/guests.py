"""People who lie, sit and stand where nobody did: rendered ones, put into a camera's own pictures.

A camera's normal footage shows nobody down, so what learns from it alone learns that in this view
nobody ever is, and real falls sink with the false alarms. People out of rendered scenes are cloned
into it (Pérez, Gangnet and Blake, Poisson image editing, SIGGRAPH 2003: no cut-out is needed, and
light and colour become the view's), where somebody stood and as large as they stood there. Some
of them sit or stand, so that the seam tells nothing. So are the camera's own people, cut out of its
pictures: laid down, or standing elsewhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np

from edge.core.types import Rgb
from models.cutout import Stood, lay_at
from models.labels import STATES, Labelled
from models.stood import Figure
from models.stores import Sample, Store

UPRIGHT, LOW, DOWN = (STATES.index(name) for name in ("upright", "low", "down"))
STATE_ODDS = {DOWN: 0.5, LOW: 0.4, UPRIGHT: 0.1}
LENGTH = {DOWN: (0.55, 1.3), LOW: (0.5, 0.75), UPRIGHT: (0.9, 1.1)}  # of who stood there
OWN_LENGTH = {DOWN: (0.6, 1.1), UPRIGHT: (0.9, 1.1)}
OWN_SHARE, OWN_UPRIGHT_SHARE = 0.35, 0.3
ROUND = 0.12  # of the box's sides, of floor round whoever is put in
SIDE_PX_MIN, TRIES = 12, 8
GUESTS_MAX = 3
MIRRORED_SHARE = 0.5
GAIN = (0.25, 2.5)  # of a piece's light, at most
ENLARGED_MAX = 2.5  # a piece or a figure
GREY = 6.0  # mean difference of colours below which a picture has none


Piece = tuple[Store, int, Labelled]  # a picture of a store, and one of those in it


@dataclass(frozen=True)
class Guests:
    """Who may be put where: `stood` by place; `pieces` by state, pictures of rendered scenes and
    who is in them; `figures` by place, its own people."""

    stood: Mapping[str, Sequence[Stood]]
    pieces: Mapping[int, Sequence[Piece]]
    figures: Mapping[str, Sequence[Figure]] = field(default_factory=dict)

    def picture(
        self, rgb: Rgb, at: str, rng: np.random.Generator
    ) -> tuple[Rgb, tuple[Labelled, ...]] | None:
        """A place's picture with one to three of them in it, who do not overlap; None where none
        fits."""
        people: tuple[Labelled, ...] = ()
        for _ in range(int(rng.integers(1, GUESTS_MAX + 1))):
            put = self._one_more(rgb, at, people, rng)
            if put is not None:
                rgb, people = put[0], (*people, put[1])
        return (rgb, people) if people else None

    def _one_more(
        self, rgb: Rgb, at: str, people: Sequence[Labelled], rng: np.random.Generator
    ) -> tuple[Rgb, Labelled] | None:
        states, spots = [s for s in STATE_ODDS if self.pieces.get(s)], self.stood.get(at)
        if not states or not spots:
            return None
        odds = np.array([STATE_ODDS[state] for state in states])
        own = self.figures.get(at, ()) if rng.random() < OWN_SHARE else ()
        for _ in range(TRIES):
            spot = spots[int(rng.integers(len(spots)))]
            if own:
                put = _put_own(rgb, own[int(rng.integers(len(own)))], spot, rng)
            else:
                found = self.pieces[int(rng.choice(states, p=odds / odds.sum()))]
                put = _put(rgb, found[int(rng.integers(len(found)))], spot, rng)
            if put is not None and all(_apart(put[1], one) for one in people):
                return put
        return None


def pieces(rendered: Sequence[Store]) -> dict[int, list[Piece]]:
    """Everybody in rendered scenes who can be put elsewhere, by their state."""
    found: dict[int, list[Piece]] = defaultdict(list)
    for store in rendered:
        for number, sample in enumerate(store.samples):
            for person in sample.people:
                if person.state in STATE_ODDS and _alone(person, sample):
                    found[person.state].append((store, number, person))
    return found


def _alone(person: Labelled, sample: Sample) -> bool:
    """Whether somebody is large enough, whole with floor all round, and nobody else is in their
    box."""
    x, y = (0.5 + ROUND) * person.w, (0.5 + ROUND) * person.h
    if min(person.cx - x, person.cy - y, 1 - person.cx - x, 1 - person.cy - y) < 0:
        return False
    if min(person.w * sample.width, person.h * sample.height) < SIDE_PX_MIN:
        return False
    return all(_apart(one, person) for one in sample.people if one is not person)


def _apart(a: Labelled, b: Labelled) -> bool:
    """Whether two boxes have nothing in common."""
    return abs(a.cx - b.cx) > (a.w + b.w) / 2 or abs(a.cy - b.cy) > (a.h + b.h) / 2


def _put(
    rgb: Rgb, piece: Piece, at: Stood, rng: np.random.Generator
) -> tuple[Rgb, Labelled] | None:
    """The picture with somebody put into it near where another stood, and their label."""
    store, number, person = piece
    source, sample = store.picture(number), store.samples[number]
    w, h = person.w * sample.width, person.h * sample.height
    scale = at.tall * rng.uniform(*LENGTH[person.state]) / max(w, h)
    x0, x1 = (round(person.cx * sample.width + side * w * (0.5 + ROUND)) for side in (-1, 1))
    y0, y1 = (round(person.cy * sample.height + side * h * (0.5 + ROUND)) for side in (-1, 1))
    cut = source[max(y0, 0) : y1, max(x0, 0) : x1]  # by a rounding no more
    size = (round(cut.shape[1] * scale), round(cut.shape[0] * scale))
    if min(round(w * scale), round(h * scale)) < SIDE_PX_MIN // 2 or scale > ENLARGED_MAX:
        return None
    left = round(at.x + rng.uniform(-1.0, 1.0) * at.tall - size[0] / 2)
    top = round(at.foot + rng.uniform(-0.2, 0.2) * at.tall + ROUND * h * scale - size[1])
    height, width = rgb.shape[:2]
    if left < 1 or top < 1 or left + size[0] >= width or top + size[1] >= height:
        return None
    small = cv2.resize(cut, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    if rng.random() < MIRRORED_SHARE:
        small = small[:, ::-1]
    under = rgb[top : top + size[1], left : left + size[0]]
    if np.abs(rgb.astype(np.int16) - rgb.mean(2, keepdims=True)).mean() < GREY:
        small = np.repeat(small.mean(2, keepdims=True), 3, 2).astype(np.uint8)
    lit = _lit(np.asarray(small, np.uint8), under)
    mask = np.full(lit.shape[:2], 255, np.uint8)
    middle = (left + size[0] // 2, top + size[1] // 2)
    into = np.ascontiguousarray(rgb)
    out = np.asarray(cv2.seamlessClone(lit, into, mask, middle, cv2.NORMAL_CLONE), np.uint8)
    cx, cy = (left + size[0] / 2) / width, (top + size[1] / 2) / height
    return out, Labelled(cx, cy, w * scale / width, h * scale / height, person.state)


def _put_own(
    rgb: Rgb, figure: Figure, at: Stood, rng: np.random.Generator
) -> tuple[Rgb, Labelled] | None:
    """The picture with one of the camera's own people in it near where somebody stood: laid down,
    or standing, so that the cut edge says nothing."""
    state = UPRIGHT if rng.random() < OWN_UPRIGHT_SHARE else DOWN
    x = at.x + rng.uniform(-1.0, 1.0) * at.tall
    foot = at.foot + rng.uniform(-0.2, 0.2) * at.tall
    tall = at.tall * rng.uniform(*OWN_LENGTH[state])
    if tall > ENLARGED_MAX * figure.tall:
        return None
    laid = lay_at(rgb, figure.rgba, state, Stood(x, foot, tall), rng)
    return None if laid is None else (laid.rgb, laid.person)


def _lit(small: Rgb, under: Rgb) -> Rgb:
    """A piece of a picture as bright along its edge as what it is to lie on."""
    edge = np.ones(small.shape[:2], np.bool_)
    edge[2:-2, 2:-2] = False
    gain = np.clip(under[edge].mean() / max(float(small[edge].mean()), 1.0), *GAIN)
    return np.ascontiguousarray(np.clip(small * gain, 0, 255).astype(np.uint8))
