"""Rendered pictures whose truth is known, to measure labelling with. No network learnt from them:
their seeds are kept for measuring.

`hard` is every condition of `models.synth.hard` alike often: the worst there is, half of it
incidents. `site` is more like what a site's cameras give: mostly people at their daily acts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count as numbers
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from models import painted
from models.label.words import Answer
from models.synth import hard
from models.synth.filming import film
from models.synth.script import Kind
from models.synth.seeds import clip_seed
from models.synth.spill import Spot

_FIRST = 91_000_000  # of the seeds for clips that are measured on: nothing else begins there
_WET_MIN = 0.004  # share of the picture: less is hardly seen by anybody
_KINDS: tuple[Kind, ...] = (
    "walk", "sit", "empty", "bend_or_kneel", "walk", "lie_on_bed", "crawl", "sit_on_floor", "walk",
    "fall", "sit", "empty", "walk", "bend_or_kneel", "lie_on_bed", "walk", "lie_still", "sit",
    "walk", "empty",
)  # fmt: skip
_WET = frozenset({2, 8, 11, 19})  # episodes that have something painted on the floor


@dataclass(frozen=True)
class Known:
    """A picture (H×W×3 RGB), which camera it is of, and what a careful person says of it."""

    camera: str
    rgb: NDArray[np.uint8]
    answer: Answer


def known(which: str, count: int) -> list[Known]:
    """So many of a set, no two the same."""
    found: dict[bytes, Known] = {}
    for one in _hard(count) if which == "hard" else _site():
        found[one.rgb.tobytes()] = one
        if which == "site" and len(found) == count:
            break
    return list(found.values())


def _hard(count: int) -> Iterator[Known]:
    rooms = -(-count // len(hard.CONDITIONS))  # some show the same twice
    for one in hard.pictures(rooms):
        wanted = one.condition.label if one.condition.wanted else "nothing"
        yield Known(f"room{one.seed}", one.rgb, wanted)


def _site() -> Iterator[Known]:
    for number in numbers():
        kind, seed = _KINDS[number % len(_KINDS)], clip_seed(_FIRST + number)
        rng = np.random.default_rng(seed)
        spots: dict[int, list[Spot]] = {}
        for picture in film(seed, kind):
            frame = picture.frame
            if picture.camera not in spots:
                wet = number % len(_KINDS) in _WET
                spots[picture.camera] = painted.draw(frame.floor, frame.plane, rng) if wet else []
            rgb, liquid = painted.put(frame.rgb, frame.floor, spots[picture.camera], 1.0)
            down = any(person.state == "down" for person in frame.people)
            wet_share = float(np.mean(liquid))
            if not down and 0 < wet_share < _WET_MIN:
                continue
            answer: Answer = "collapse" if down else "spill" if wet_share else "nothing"
            yield Known(f"camera{number}-{picture.camera}", picture.look.apply(rgb, rng), answer)


def write(which: str, count: int, folder: Path, seed: int = 1) -> dict[str, Answer]:
    """Writes them as pictures in folders of their cameras, in an order that tells nothing; what is
    true of each, by its path below the folder."""
    made = known(which, count)
    order = np.random.default_rng(seed).permutation(len(made))[:count]
    truth: dict[str, Answer] = {}
    for number, at in enumerate(order):
        one = made[at]
        path = folder / one.camera / f"{number:04}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), one.rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
        truth[path.relative_to(folder).as_posix()] = one.answer
    return truth
