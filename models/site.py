"""A site's own pictures as they lie in a folder, and how much of them there is.

people/   pictures and, in COCO's JSON or CVAT's XML, boxes of everybody on them
spills/   images/NAME.png and masks/NAME.png (black is dry)
normal/   recordings and pictures in which nothing happens
truth.csv recordings of which it is known what happens, to judge by
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from alerts.errors import UserError
from models import site_boxes, site_places
from models.labels import Labelled
from models.site_names import Pictures
from models.site_places import PICTURES, Told
from models.stores import Sample

PEOPLE, SPILLS, NORMAL = "people", "spills", "normal"
TRUTH = "truth.csv"


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

    @property
    def judged(self) -> bool:
        """Whether it has clips of its own to judge by, so that none of normal/ need be kept."""
        return (self.folder / TRUTH).is_file()


def read(folder: Path) -> Site:
    """What is in a site's folder. Raises BadSite or BadMarks."""
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
    known = Pictures(folder, pictures)
    found: dict[Path, tuple[Labelled, ...]] = {}
    where: dict[Path, str] = {}
    for file in marks:
        for name, people in site_boxes.read(file).items():
            path = known.find(name, file)
            if path in found:
                raise BadSite(
                    f"{path}: is marked in {where[path]} and in {file} as {name}; keep one"
                )
            found[path], where[path] = people, f"{file} as {name}"
    return found, len(pictures) - len(found)


def _spills(folder: Path) -> dict[Path, Path]:
    images = [p for p in _files(folder / "images") if p.suffix.lower() in PICTURES]
    pairs = {image: _mask(folder, image.relative_to(folder / "images")) for image in images}
    of: dict[Path, Path] = {}
    for image, mask in pairs.items():
        if not mask.is_file():
            raise BadSite(f"{image}: has no {mask}; where the floor is dry, it is all black")
        if mask in of:
            raise BadSite(
                f"{image} and {of[mask]}: {mask} may be either's mask; put masks into folders like "
                "those of images/, and call pictures in one folder differently"
            )
        of[mask] = image
    return pairs


def _mask(folder: Path, image: Path) -> Path:
    """Where a picture's mask lies: in a folder as its own is, or beside all others."""
    own = folder / "masks" / image.with_suffix(".png")
    beside = folder / "masks" / own.name
    return beside if beside.is_file() and not own.is_file() else own


def amounts(learn: Sequence[Sample], apart: Sequence[Sample]) -> dict[str, Told]:
    """What became of the pictures of each source there is."""
    names: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for side, samples in enumerate((learn, apart)):
        for sample in samples:
            names[sample.source][side].append(sample.name)
    return {s: site_places.tell(*names[s]) for s in (PEOPLE, SPILLS, NORMAL) if s in names}


def told(site: Site, learn: Sequence[Sample], apart: Sequence[Sample]) -> str:
    """One line: how much of each there is."""
    parts = []
    there = {PEOPLE: len(site.people), SPILLS: len(site.spills), NORMAL: len(site.normal)}
    for source, one in amounts(learn, apart).items():
        kept = f"{one.apart} kept apart {one.whence()}" if one.apart else "none kept apart"
        parts.append(f"{source}: {one.learnt} pictures to learn from, {kept}")
        if one.files < there[source]:
            parts.append(f"{source}: {one.files} of {there[source]} files, from all over")
    if site.unmarked:
        parts.append(f"{site.unmarked} pictures in {PEOPLE}/ without boxes left out")
    return "; ".join(parts)
