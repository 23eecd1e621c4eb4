"""Pictures on disk with what is in them: one folder a store, mapped into memory, never read whole.

`pictures.npy` N×384×640×3 uint8 RGB, `index.json` one `Sample` each, and where liquids were
painted `masks.npy` N×96×160 uint8 (255 is liquid). Stores hold the sources' pictures: they lie
outside the repository.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from edge.core.types import Rgb
from models import dropped, mended, splits
from models.labels import Labelled

WIDTH, HEIGHT, PAD = 640, 384, 114
MASK_STEP = 4
PICTURES, MASKS, INDEX = "pictures.npy", "masks.npy", "index.json"
Mask = NDArray[np.uint8]
_Mode = Literal["r+", "w+"]


@dataclass(frozen=True)
class Sample:
    """One stored picture: its source and name, its own width and height inside the 640×384, and
    its people. `empty` says that certainly nobody else is in it; `floor` are polygons (x0, y0, x1,
    y1, … as fractions) where the source marks the floor."""

    source: str
    name: str
    width: int
    height: int
    people: tuple[Labelled, ...]
    empty: bool = False
    floor: tuple[tuple[float, ...], ...] = ()

    @property
    def place(self) -> str:
        """The person, room and camera it is from: see `models.splits`."""
        return splits.place(self.source, self.name)


@dataclass(frozen=True)
class Store:
    """An opened folder. `masks` is None where nothing was painted."""

    samples: list[Sample]
    pictures: Rgb
    masks: Mask | None

    def usable(self, held_out: tuple[str, ...]) -> list[int]:
        """The numbers of the pictures to learn from: neither held out nor dropped."""
        return [
            number
            for number, sample in enumerate(self.samples)
            if not splits.held(sample.place, held_out)
            and not dropped.is_dropped(sample.source, sample.name)
        ]

    def picture(self, number: int) -> Rgb:
        """The picture without its padding."""
        sample = self.samples[number]
        return np.asarray(self.pictures[number, : sample.height, : sample.width])

    def mask(self, number: int) -> Mask | None:
        """255 where liquid is, in the picture's size."""
        if self.masks is None or not self.masks[number].any():
            return None
        sample = self.samples[number]
        whole = np.repeat(np.repeat(self.masks[number], MASK_STEP, 0), MASK_STEP, 1)
        return np.ascontiguousarray(whole[: sample.height, : sample.width])


class Writer:
    """Fills a store of at most `room` pictures; `save` says how many are in it. A new one, unless
    the first `kept` pictures of the one in the folder, of as much room, are to stay."""

    def __init__(self, folder: Path, room: int, masks: bool, kept: int = 0) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._samples = _samples(folder)[:kept] if kept else []
        if not kept:
            (folder / INDEX).unlink(missing_ok=True)
        mode: _Mode = "r+" if kept else "w+"
        self._pictures = _mapped(folder / PICTURES, (room, HEIGHT, WIDTH, 3), mode)
        self._masks: np.memmap[Any, np.dtype[np.uint8]] | None = None
        if masks:
            small = (room, HEIGHT // MASK_STEP, WIDTH // MASK_STEP)
            self._masks = _mapped(folder / MASKS, small, mode)

    def __len__(self) -> int:
        return len(self._samples)

    def add(self, sample: Sample, rgb: Rgb, mask: NDArray[np.bool_] | None = None) -> None:
        """Append a picture of the sample's size, with its liquid (H×W) if any."""
        number = len(self._samples)
        self._pictures[number] = PAD
        self._pictures[number, : sample.height, : sample.width] = rgb
        if self._masks is not None and mask is not None:
            whole = np.zeros((HEIGHT, WIDTH), np.uint8)
            whole[: sample.height, : sample.width] = mask * np.uint8(255)
            small = whole.reshape(HEIGHT // MASK_STEP, MASK_STEP, WIDTH // MASK_STEP, MASK_STEP)
            self._masks[number] = small.mean((1, 3)).astype(np.uint8)
        self._samples.append(sample)

    def save(self) -> None:
        """Make what was added so far readable; may be called again after more was added."""
        self._pictures.flush()
        if self._masks is not None:
            self._masks.flush()
        text = json.dumps([asdict(sample) for sample in self._samples], indent=0)
        (self._folder / "next.json").write_text(text, encoding="utf-8")
        (self._folder / "next.json").replace(self._folder / INDEX)


def _mapped(file: Path, shape: tuple[int, ...], mode: _Mode) -> np.memmap[Any, np.dtype[np.uint8]]:
    """A .npy file of bytes, mapped for writing: a new one with `w+`, else the one there."""
    open_memmap: Callable[..., Any] = np.lib.format.open_memmap  # numpy before 2.4 has no types
    found = cast("np.memmap[Any, np.dtype[np.uint8]]", open_memmap(file, mode, np.uint8, shape))
    if found.shape != shape:
        raise ValueError(f"{file}: has {found.shape}, not {shape}")
    return found


def load(folder: Path) -> Store | None:
    """The store in a folder, or None where none was finished."""
    if not (folder / INDEX).exists():
        return None
    masks = np.load(folder / MASKS, mmap_mode="r") if (folder / MASKS).exists() else None
    pictures = np.load(folder / PICTURES, mmap_mode="r")
    return Store(_samples(folder), pictures, masks)


def _samples(folder: Path) -> list[Sample]:
    rows = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    return [_sample(row) for row in rows]


def _sample(row: dict[str, Any]) -> Sample:
    marked = [Labelled(**person) for person in row["people"]]
    people = mended.people(row["source"], row["name"], marked)
    row.pop("split", None)  # of stores from before places: what is held out is the recipe's now
    return Sample(**{**row, "people": people, "floor": tuple(map(tuple, row["floor"]))})
