"""Pictures to make a variant by, and to measure it on.

Ranges come from rendered episodes, as training has them: anybody can draw the same again, and no
picture is needed that has a licence. What a variant loses is measured on rendered pictures of what
is hard to see, from rooms of their own, and on photographs where they are at hand.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from alerts.errors import UserError
from edge.core.card import Input
from edge.core.preprocess import to_batch
from edge.core.types import Rgb
from edge.ports import PictureBatch
from models import labels, prepare, rendered, sources, stores
from models.labels import STATES, UNKNOWN
from models.synth.condition import Condition, Hard

DOWN = Condition("somebody on a ward's floor", "collapse", True)
NOBODY_DOWN = Condition("ward without anybody on the floor", "collapse", False)
LIQUID = Condition("photographed liquid", "spill", True)
DRY = Condition("photographed dry room", "spill", False)
LIQUIDS = "evaluation_only/spillage_nashit"  # measured on, never learnt from

Photograph = tuple[Path, Condition]


class NoPhotographs(UserError):
    """A folder of data has none of the sources that photographs are taken from."""


def episodes(count: int, spec: Input) -> Iterator[PictureBatch]:
    """The pictures of so many rendered episodes, ten each, one at a time, 1×H×W×3. Some two and a
    half seconds an episode."""
    with TemporaryDirectory(prefix="floorwatch-ranges-") as folder:
        for number in range(count):
            drawn = Path(folder) / str(number)
            rendered.render(drawn, 1, number)
            store = stores.load(drawn)
            if store is not None:
                for index in range(len(store.samples)):
                    yield to_batch([fitted(store.picture(index), spec)], spec)


def photographs(data: Path, each: int) -> list[Photograph]:
    """At most `each` photographs of people down, of people who are not, of liquids and of dry
    rooms, spread over what the folder holds. Raises NoPhotographs."""
    found = [one for group in _groups(data) for one in _spread(group, each)]
    if not found:
        raise NoPhotographs(
            f"{data}: none of {sources.HOSPITAL_BED.folder}, {LIQUIDS}, {sources.INDOORS.folder} "
            "is in it; name the folder that holds falls/ and spills/, or leave --data away"
        )
    return found


def read(found: Iterable[Photograph]) -> Iterator[Hard]:
    """The photographs, one after the other, each judged as a whole."""
    for path, condition in found:
        yield Hard(condition, 0, prepare.read_picture(path))


def _groups(data: Path) -> tuple[list[Photograph], ...]:
    wet, dry = data / LIQUIDS, data / sources.INDOORS.folder
    return (
        *_ward(data / sources.HOSPITAL_BED.folder),
        [(path, LIQUID) for path in sorted(wet.rglob("*.jpg"))],
        [(path, DRY) for path in sorted(dry.rglob("*.jpg"))],
    )


def _ward(folder: Path) -> tuple[list[Photograph], list[Photograph]]:
    """Photographs with somebody down, and with people of whom it is known that none is."""
    down: list[Photograph] = []
    others: list[Photograph] = []
    if not (folder / "boxes.csv").is_file():
        return down, others
    where = {path.name: path for path in sorted(folder.rglob("*.jpg"))}
    for (_, image), people in sorted(labels.hospital_people(folder).items()):
        states = {person.state for person in people}
        if STATES.index("down") in states:
            down.append((where[image], DOWN))
        elif states and UNKNOWN not in states:
            others.append((where[image], NOBODY_DOWN))
    return down, others


def _spread(found: list[Photograph], most: int) -> list[Photograph]:
    return found[:: math.ceil(len(found) / most)] if found else []


def fitted(rgb: Rgb, spec: Input) -> Rgb:
    """The picture, made smaller where it is larger than the network's input."""
    height, width = rgb.shape[:2]
    scale = min(spec.width / width, spec.height / height, 1.0)
    if scale == 1.0:
        return rgb
    size = (int(width * scale), int(height * scale))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
