"""Training pictures from our own renderer: every state, many rooms, and half of them with a liquid
or something that looks like one painted on the floor."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models import painted, stores
from models.labels import STATES, Labelled
from models.stores import Sample
from models.synth import spill
from models.synth.episode import LabelledBox, frames_of, shot_of
from models.synth.script import Kind

SEED_FIRST = 100_000  # far from the demo's and the tests' seeds
KINDS: tuple[Kind, ...] = (
    "fall", "faint", "lie_still", "slide_from_chair", "walk", "sit", "bend_or_kneel",
    "lie_on_bed", "crawl", "empty", "lie_on_bed", "empty",
)  # fmt: skip
FRAMES_EACH = 6
PAINTED_SHARE = 0.55
SECONDS = 12.0
SAVE_EVERY = 20


def render(folder: Path, episodes: int, first: int = 0) -> None:
    """Render `episodes` of them into a store; about two seconds each on one core."""
    writer = stores.Writer(folder, episodes * (FRAMES_EACH + 2), masks=True)
    for number in range(first, first + episodes):
        _episode(writer, number)
        if number % SAVE_EVERY == SAVE_EVERY - 1:
            writer.save()
    writer.save()


def _episode(writer: stores.Writer, number: int) -> None:
    seed, kind = SEED_FIRST + number, KINDS[number % len(KINDS)]
    shot = shot_of(seed, kind, SECONDS)
    rng = np.random.default_rng(seed)
    spots: list[spill.Spot] | None = None if rng.random() < PAINTED_SHARE else []
    for frame in frames_of(shot, seed, fps=FRAMES_EACH / SECONDS, size=(640, 360), look=False):
        if spots is None:
            spots = painted.draw(frame.floor, frame.plane, rng)
        growth = float(rng.uniform(0.5, 1.0))
        rgb, liquid = painted.put(frame.rgb, frame.floor, spots, growth)
        rgb = shot.look.apply(rgb, rng)
        height, width = rgb.shape[:2]
        people = tuple(_labelled(person) for person in frame.people)
        name = f"{kind}{seed}@{frame.at_s:.1f}"
        sample = Sample("rendered", name, width, height, people, empty=True)
        writer.add(sample, rgb, liquid)


def _labelled(person: LabelledBox) -> Labelled:
    cx, cy = person.box.centre
    return Labelled(cx, cy, person.box.w, person.box.h, STATES.index(person.state))
