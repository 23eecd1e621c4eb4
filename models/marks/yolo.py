"""Pictures' marks as ultralytics' YOLO has them: a folder with `data.yaml`, `images/`, `labels/`.

In `labels/` each picture has a text file, a line for each mark: `class cx cy w h` for a box, `class
x y x y …` for a polygon, all as fractions of the picture.

Boxes and polygons may not stand in one data set, so there are two: `people/` and `areas/`. What a
picture shows as a whole YOLO has no word for; a picture without a text file shows nothing.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import cv2
import yaml
from pydantic import BaseModel, ValidationError

from edge.core.types import Box
from models.marks.marked import (
    AREA_KINDS,
    BOX_STATES,
    BadMarks,
    Marked,
    Outlined,
    Picture,
    around,
    gathered,
    label_of,
    outlined,
)

DATA, IMAGES, LABELS = "data.yaml", "images", "labels"
_ENDINGS = {".png", ".jpg", ".jpeg", ".bmp", ".webp"}
_OF_BOX = 4  # numbers behind the class
_SPLITS = ("train", "val", "test")


class _Data(BaseModel):
    path: str = ""
    train: str | list[str] | None = None
    val: str | list[str] | None = None
    test: str | list[str] | None = None
    names: list[str] | dict[int, str]


def read(file: Path) -> list[Picture]:
    """Every picture of a data set, by its `data.yaml`; names are paths below the file's folder.
    Raises BadMarks."""
    data = _data(file)
    listed = data.names
    names = listed if isinstance(listed, dict) else dict(enumerate(listed))
    labels = {number: label_of(name, str(file)) for number, name in names.items()}
    found = {path: None for folder in _folders(file, data) for path in _pictures(folder)}
    if not found:
        raise BadMarks(f"{file}: no pictures in the folders that it names")
    return [_picture(path, file.parent, labels) for path in found]


def _data(file: Path) -> _Data:
    try:
        return _Data.model_validate(yaml.safe_load(file.read_text(encoding="utf-8-sig")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadMarks(f"{file}: cannot be read as YAML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise BadMarks(f"{file}: not YOLO's data.yaml: {place}: {first['msg']}") from None


def _folders(file: Path, data: _Data) -> Iterator[Path]:
    """Of all splits; what `path` says may be of another machine, then they lie beside the file."""
    root = file.parent / data.path
    for split in _SPLITS:
        said: str | list[str] | None = getattr(data, split)
        for name in [said] if isinstance(said, str) else said or []:
            tried = (root / name, file.parent / name)
            folder = next((one for one in tried if one.is_dir()), None)
            if folder is None:
                raise BadMarks(f"{file}: {split}: {name}: no such folder beside it")
            near = file.resolve().parent.parent  # some tools export `../train/images`
            if not _is_below(folder, file.parent) and near not in folder.resolve().parents:
                raise BadMarks(f"{file}: {split}: {name}: lies elsewhere; put it beside the file")
            yield folder


def _is_below(folder: Path, root: Path) -> bool:
    return folder.resolve().is_relative_to(root.resolve())


def _pictures(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in _ENDINGS)


def _picture(path: Path, root: Path, labels: Mapping[int, str]) -> Picture:
    pixels = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if pixels is None:
        raise BadMarks(f"{path}: not a picture that can be read; take it out")
    height, width = pixels.shape
    marks = gathered(labels.values(), _marks(_text_of(path), labels))
    name = Path(os.path.relpath(path, root)).as_posix()
    return Picture(name, width, height, marks)


def _text_of(path: Path) -> Path:
    """The last folder `images` of its path is `labels` (ultralytics' own rule)."""
    parts = [*path.parts]
    if IMAGES in parts[:-1]:
        parts[len(parts) - 2 - parts[-2::-1].index(IMAGES)] = LABELS
    return Path(*parts).with_suffix(".txt")


def _marks(file: Path, labels: Mapping[int, str]) -> Iterator[Marked | Outlined]:
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{file}:{number}"
        try:
            which, *values = (float(word) for word in line.split())
        except ValueError:
            raise BadMarks(f"{where}: not numbers: class and fractions of the picture") from None
        if which not in labels or len(values) < _OF_BOX or len(values) % 2:
            raise BadMarks(f"{where}: class 0 to {len(labels) - 1}, then cx cy w h, or x y x y …")
        yield _mark(labels[int(which)], values, where)


def _mark(label: str, values: Sequence[float], where: str) -> Marked | Outlined:
    corners = list(zip(values[::2], values[1::2], strict=True))
    if label in AREA_KINDS:
        return outlined(label, corners if len(values) > _OF_BOX else (), where)
    if len(values) > _OF_BOX:
        return Marked(around(corners), label)
    cx, cy, w, h = values
    return Marked(Box(cx - w / 2, cy - h / 2, w, h), label)


def write(pictures: Sequence[Picture], folder: Path, path_of: Callable[[str], Path]) -> list[Path]:
    """Write `people/` and `areas/`, each where there is anything to write; gives their data.yaml.
    `path_of` finds a picture by its name: YOLO wants the pictures beside the texts."""
    files = []
    boxed = [one for one in pictures if one.marks.boxes is not None]
    floors = [one for one in pictures if one.marks.areas is not None]
    for name, labels, marked in (("people", BOX_STATES, boxed), ("areas", AREA_KINDS, floors)):
        if marked:
            files.append(_write(marked, folder / name, labels, path_of))
    return files


def _write(
    pictures: Sequence[Picture],
    folder: Path,
    labels: Sequence[str],
    path_of: Callable[[str], Path],
) -> Path:
    for one in pictures:
        image = folder / IMAGES / one.name
        image.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path_of(one.name), image)
        text = (folder / LABELS / one.name).with_suffix(".txt")
        text.parent.mkdir(parents=True, exist_ok=True)
        marks = (one.marks.boxes if labels is BOX_STATES else one.marks.areas) or ()
        text.write_text("".join(_line(mark, labels) for mark in marks), encoding="utf-8")
    data = {"train": IMAGES, "val": IMAGES, "names": dict(enumerate(labels))}
    (folder / DATA).write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return folder / DATA


def _line(mark: Marked | Outlined, labels: Sequence[str]) -> str:
    if isinstance(mark, Marked):
        box, label = mark.box, mark.state
        values = [box.x + box.w / 2, box.y + box.h / 2, box.w, box.h]
    else:
        label, values = mark.kind, [value for corner in mark.corners for value in corner]
    return " ".join([str(labels.index(label)), *(f"{value:.6f}" for value in values)]) + "\n"
