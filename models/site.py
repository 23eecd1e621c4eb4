"""A site's own pictures, as two stores: what is learnt from, and a fifth kept apart to tell by.

people/   pictures and, in COCO's JSON or CVAT's XML, boxes of everybody on them
spills/   images/NAME.png and masks/NAME.png (black is dry)
normal/   recordings and pictures in which nothing happens
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import cv2
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

from alerts.errors import UserError
from edge.core.types import Rgb
from models import prepare, site_boxes, stores
from models.labels import Labelled
from models.prepare import Found
from models.stores import Sample, Store

PEOPLE, SPILLS, NORMAL = "people", "spills", "normal"
PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".webp"}
FRAMES_MAX = 400  # of normal/: looking at more would take longer than learning
FPS_MAX = 2.0
FIFTH = 5
FEW = 3  # of fewer, all are learnt from
PICTURES_EACH_MAX = 2000


class BadSite(UserError):
    """A site's folder that holds nothing to learn from, or what cannot be read."""


@dataclass(frozen=True)
class Site:
    """What a folder holds. `unmarked` pictures of people are named by no file of boxes."""

    folder: Path
    people: dict[Path, tuple[Labelled, ...]] = field(default_factory=dict)
    spills: dict[Path, Path] = field(default_factory=dict)
    normal: tuple[Path, ...] = ()
    unmarked: int = 0

    def files(self) -> list[Path]:
        """All that is learnt from or told by."""
        return [*self.people, *self.spills, *self.normal]


def read(folder: Path) -> Site:
    """What is in a site's folder. Raises BadSite or BadBoxes."""
    people, unmarked = _people(folder / PEOPLE)
    spills = _spills(folder / SPILLS)
    normal = tuple(p for p in _files(folder / NORMAL) if not p.name.startswith("."))
    if not (people or spills or normal):
        raise BadSite(
            f"{folder}: holds none of people/, spills/ and normal/; `floorwatch train --help` "
            "tells what belongs in them"
        )
    return Site(folder, people, spills, normal, unmarked)


def _files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.rglob("*") if p.is_file()) if folder.is_dir() else []


def _people(folder: Path) -> tuple[dict[Path, tuple[Labelled, ...]], int]:
    files = _files(folder)
    pictures = [p for p in files if p.suffix.lower() in PICTURES]
    marks = [p for p in files if p.suffix.lower() in (".json", ".xml")]
    if pictures and not marks:
        raise BadSite(f"{folder}: no boxes beside its pictures; export COCO's JSON or CVAT's XML")
    by_name = {p.relative_to(folder).as_posix(): p for p in pictures}
    by_name = {**{p.name: p for p in pictures}, **by_name}
    found: dict[Path, tuple[Labelled, ...]] = {}
    for file in marks:
        for name, people in site_boxes.read(file).items():
            path = by_name.get(name) or by_name.get(Path(name).name)
            if path is None:
                raise BadSite(f"{file}: {name}: no such picture below {folder}")
            found[path] = (*found.get(path, ()), *people)
    return found, len(pictures) - len(found)


def _spills(folder: Path) -> dict[Path, Path]:
    images = [p for p in _files(folder / "images") if p.suffix.lower() in PICTURES]
    pairs = {image: folder / "masks" / f"{image.stem}.png" for image in images}
    for image, mask in pairs.items():
        if not mask.is_file():
            raise BadSite(f"{image}: has no {mask}; where the floor is dry, it is all black")
    return pairs


def build(site: Site, folder: Path) -> tuple[Store, Store]:
    """Write the stores `learn` and `apart`. Raises BadSite."""
    room = min(PICTURES_EACH_MAX, len(site.people)) + min(PICTURES_EACH_MAX, len(site.spills))
    writers = [stores.Writer(folder / n, room + FRAMES_MAX, masks=True) for n in ("learn", "apart")]
    for source in (_marked(site), _wet(site), _quiet(site)):
        for is_apart, (sample, rgb), mask in source:
            writers[is_apart].add(sample, rgb, mask)
    for writer in writers:
        writer.save()
    learn, apart = (stores.load(folder / name) for name in ("learn", "apart"))
    if learn is None or apart is None:
        raise BadSite(f"{folder}: what was prepared there cannot be read; remove it, start again")
    return learn, apart


_Kept = Iterator[tuple[bool, Found, NDArray[np.bool_] | None]]


def kept_apart(names: Iterable[str]) -> frozenset[str]:
    """A fifth of the names, for ever the same ones, and one at least of three or more."""
    ordered = sorted(names, key=lambda name: zlib.crc32(name.encode()))
    return frozenset(ordered[: max(1, len(ordered) // FIFTH)] if len(ordered) >= FEW else [])


def _marked(site: Site) -> _Kept:
    chosen = sorted(site.people)[:PICTURES_EACH_MAX]
    apart = kept_apart(path.name for path in chosen)
    for path in chosen:
        rgb = prepare.fit(_picture(path))
        name = path.relative_to(site.folder / PEOPLE).as_posix()
        sample = Sample(PEOPLE, name, rgb.shape[1], rgb.shape[0], site.people[path])
        yield path.name in apart, (sample, rgb), None


def _wet(site: Site) -> _Kept:
    chosen = sorted(site.spills)[:PICTURES_EACH_MAX]
    apart = kept_apart(path.name for path in chosen)
    for path in chosen:
        rgb = prepare.fit(_picture(path))
        mask = cv2.imread(str(site.spills[path]), cv2.IMREAD_GRAYSCALE)
        if mask is None:
            raise BadSite(f"{site.spills[path]}: not a picture; save the mask as PNG")
        size = (rgb.shape[1], rgb.shape[0])
        wet = cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 127
        name = path.relative_to(site.folder / SPILLS / "images").as_posix()
        sample = Sample(SPILLS, name, *size, ())
        yield path.name in apart, (sample, rgb), np.asarray(wet, np.bool_)


def _quiet(site: Site) -> _Kept:
    """Of many recordings a fifth is kept apart; of few, the last fifth of each."""
    apart = kept_apart(path.name for path in site.normal)
    lengths_s = [_length_s(path) for path in site.normal]
    fps = min(FPS_MAX, 0.9 * FRAMES_MAX / max(sum(lengths_s), 1.0))
    for path, length_s in zip(site.normal, lengths_s, strict=True):
        name = path.relative_to(site.folder / NORMAL).as_posix()
        for at_s, rgb in _frames(path, fps):
            held = path.name in apart if apart else at_s > 0.8 * length_s > 0
            sample = Sample(NORMAL, f"{name}@{at_s:.2f}", rgb.shape[1], rgb.shape[0], ())
            yield held, (sample, rgb), None


def _frames(path: Path, fps: float) -> Iterator[tuple[float, Rgb]]:
    if path.suffix.lower() in PICTURES:
        yield 0.0, prepare.fit(_picture(path))
        return
    try:
        yield from prepare.read_clip(path, fps)
    except (FFmpegError, IndexError) as error:
        raise BadSite(f"{path}: not a recording or a picture ({error}); take it out") from None


def _length_s(path: Path) -> float:
    if path.suffix.lower() in PICTURES:
        return 0.0
    try:
        with av.open(str(path)) as container:
            return float(container.duration or 0) / av.time_base
    except FFmpegError as error:
        raise BadSite(f"{path}: not a recording or a picture ({error}); take it out") from None


def _picture(path: Path) -> Rgb:
    try:
        return prepare.read_picture(path)
    except FileNotFoundError:
        raise BadSite(f"{path}: not a picture that can be read; take it out") from None


def told(site: Site, learn: Sequence[Sample], apart: Sequence[Sample]) -> str:
    """One line: how much of each there is."""
    parts = []
    for source in (PEOPLE, SPILLS, NORMAL):
        counts = [sum(s.source == source for s in side) for side in (learn, apart)]
        if any(counts):
            parts.append(f"{source}: {counts[0]} pictures to learn from, {counts[1]} kept apart")
    if site.unmarked:
        parts.append(f"{site.unmarked} pictures in {PEOPLE}/ without boxes left out")
    return "; ".join(parts)
