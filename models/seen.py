"""Which recordings a model was trained on, so that nobody takes what it scores on them for a
promise. By content: `training.txt` beside the model holds a digest of each clip and picture, and
nothing of the data itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from models import dropped, labels, sources, splits

FILE = "training.txt"
DIGITS = 16  # of the sha256; two files in 10¹⁴ share them
_PART_BYTES = 1 << 20
_HEADER = "# the first 16 digits of the sha256 of every clip and picture that training saw"


def of_training(data: Path, held_out: tuple[str, ...]) -> Iterator[Path]:
    """Every clip and picture under `data` that `floorwatch train` learns from: what
    `models.prepare` reads and the recipe does not hold out (see `models.splits`). Raises
    Incomplete."""
    for path, _ in labels.hospital_pictures(data / sources.HOSPITAL_BED.folder):
        if _learnt("hospital_bed", path.name, held_out):
            yield path
    for path in sorted((data / sources.INDOORS.folder).rglob("*.jpg")):
        if _learnt("rooms", path.name, held_out):
            yield path
    for source in (sources.GMDCSA24, sources.ASSIST_IOT, sources.SAMPLE_VIDEOS):
        folder = data / source.folder
        for path in sorted(folder.rglob("*.mp4")):
            clip = path.relative_to(folder).as_posix()
            if _learnt(source.key, clip, held_out):
                yield path


def _learnt(source: str, name: str, held_out: tuple[str, ...]) -> bool:
    held = splits.held(splits.place(source, name), held_out)
    return not held and not dropped.is_dropped(source, name)


def of_site(data: Path) -> Iterator[Path]:
    """Every picture and recording in a site's folder that `floorwatch train` may learn from, or
    keep apart to tell by: weights and thresholds are chosen looking at those too."""
    for below in ("people", "spills/images", "normal"):
        for path in sorted((data / below).rglob("*")):
            hidden = path.name.startswith(".")
            if path.is_file() and not hidden and path.suffix.lower() not in (".json", ".xml"):
                yield path


def write(folder: Path, digests: Iterable[str]) -> int:
    """Write the list into a model's folder. Returns how many there are."""
    ordered = sorted(set(digests))
    (folder / FILE).write_text("\n".join([_HEADER, *ordered]) + "\n", encoding="utf-8")
    return len(ordered)


def read(folder: Path) -> frozenset[str]:
    """The digests of a model's list; none where it has no list."""
    file = folder / FILE
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    return frozenset(line for line in lines if line and not line.startswith("#"))


def digest(path: Path) -> str:
    """A file's, as the lists have it."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(_PART_BYTES):  # a day's recording is larger than memory
            found.update(part)
    return found.hexdigest()[:DIGITS]
