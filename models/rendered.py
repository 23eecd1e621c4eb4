"""Training pictures from our own renderer: every state, many rooms, and half of them with a liquid
or something that looks like one painted on the floor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models import made, painted, stores
from models.labels import STATES, UNKNOWN, Labelled
from models.stores import Sample
from models.synth import spill
from models.synth.episode import LabelledBox
from models.synth.filming import film
from models.synth.script import Kind
from models.synth.seeds import training_seed

KINDS: tuple[Kind, ...] = (
    "fall", "walk", "lie_still", "sit", "faint", "bend_or_kneel", "slide_from_chair", "lie_on_bed",
    "lie_still", "crawl", "fall", "sit_on_floor", "empty", "lie_on_bed", "lie_still", "walk",
)  # fmt: skip
# What a site's run rehearses with: what alarms in a camera's own footage are mostly people on all
# fours, bent over, kneeling, and half an hour of it shows few of them.
REHEARSED: tuple[Kind, ...] = (
    *KINDS, "bend_or_kneel", "crawl", "bend_or_kneel", "crawl", "sit_on_floor", "crawl",
    "bend_or_kneel", "crawl",
)  # fmt: skip
PICTURES_MAX = 10
PAINTED_SHARE = 0.55


def render(folder: Path, episodes: int, first: int = 0, kinds: Sequence[Kind] = KINDS) -> None:
    """Render `episodes` of these kinds in turn, ten pictures each, into a store; some two and a
    half seconds each on one core. What was cut off goes on. Raises Taken where the folder holds
    another one."""

    def episode(writer: stores.Writer, number: int) -> None:
        _episode(writer, number, kinds[number % len(kinds)])

    made.fill(folder, made.Asked("episodes", episodes, first), PICTURES_MAX, episode)


def _episode(writer: stores.Writer, number: int, kind: Kind) -> None:
    seed = training_seed(number)
    rng = np.random.default_rng(seed)
    spots: dict[int, list[spill.Spot]] = {}  # each camera's own: they are drawn in its picture
    painted_on = rng.random() < PAINTED_SHARE
    for picture in film(seed, kind):
        frame = picture.frame
        if picture.camera not in spots:
            spots[picture.camera] = (
                painted.draw(frame.floor, frame.plane, rng) if painted_on else []
            )
        growth = float(rng.uniform(0.5, 1.0))
        rgb, liquid = painted.put(frame.rgb, frame.floor, spots[picture.camera], growth)
        rgb = picture.look.apply(rgb, rng)
        height, width = rgb.shape[:2]
        people = tuple(_labelled(person) for person in frame.people)
        name = f"{kind}{seed}@{frame.at_s:.1f}c{picture.camera}"
        sample = Sample("rendered", name, width, height, people, empty=picture.whole)
        writer.add(sample, rgb, liquid)


def _labelled(person: LabelledBox) -> Labelled:
    cx, cy = person.box.centre
    state = UNKNOWN if person.state is None else STATES.index(person.state)
    return Labelled(cx, cy, person.box.w, person.box.h, state)
