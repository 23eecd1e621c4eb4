"""A book's labels as files of other tools, and theirs in the book.

Out go the answers to go by (`Book.verdicts`). Names are paths below the folder that holds all the
footage; of a recording's moment the picture is written beside the labels, in `moments/`.

In come the answers of one labeller, by name. Files that mark pictures are read by `models.marks`,
tables of clips by `models.evaluation.truth`, as `evaluate --truth` reads them; the book has one
incident a clip, so of several the first is taken, which is told.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import av
import cv2
import numpy as np
from av.error import FFmpegError

from alerts.errors import UserError
from models.evaluation.recording import Recording
from models.evaluation.truth import Wanted, gather
from models.label import footage, gathering
from models.label.book import Book
from models.label.rows import texts
from models.label.usable import Labels
from models.label.words import Given, Item, Marks
from models.marks import activitynet, coco, cvat, label_studio, reading, yolo
from models.marks.marked import Answer, Clip, Picture, inside
from models.site_names import Pictures

MOMENTS = "moments"
IMPORTED = "import"  # how the answer was given
_FPS = 25.0  # of a clip that does not say


class NotTransferred(UserError):
    """Nothing to write, or nothing in a file that the book can hold."""


@dataclass(frozen=True)
class Out:
    """What was written, and the folder that names are below."""

    files: tuple[Path, ...]
    pictures: int
    clips: int
    below: Path


@dataclass(frozen=True)
class In:
    """How many items were answered, how many of them the book did not have, and in how many clips
    a second incident was left out."""

    answered: int
    new: int
    more_incidents: int


def write(form: str, labels: Labels, folder: Path) -> Out:
    """Write labels as one of `FORMATS`. Raises NotTransferred, BadClip."""
    folder.mkdir(parents=True, exist_ok=True)
    known = {number: one for number, one in labels.items() if one[0].path.is_file()}
    below = _below([item.path for item, _ in known.values()])
    names = {number: _name(item, below) for number, (item, _) in known.items()}
    pictures = [
        Picture(names[number], item.width_px, item.height_px, given.marks, given.answer)
        for number, (item, given) in known.items() if item.kind == "picture"
    ]  # fmt: skip
    clips = [
        _clip(names[number], item, given)
        for number, (item, given) in known.items()
        if item.kind == "clip" and (given.answer == "nothing" or given.onset_s is not None)
    ]
    where = {names[number]: item.path for number, (item, _) in known.items()}
    for number, (item, _) in known.items():
        if item.kind == "picture" and item.at_s is not None:
            where[names[number]] = _moment(item, folder / names[number])
    files = FORMATS[form](pictures, clips, folder, where)
    if not files:
        raise NotTransferred(f"nothing that was labelled can be written as {form}")
    return Out(tuple(files), len(pictures), len(clips), below)


_Writer = Callable[[list[Picture], list[Clip], Path, Mapping[str, Path]], list[Path]]
FORMATS: Mapping[str, _Writer] = {
    "coco": lambda pictures, _clips, out, _where: coco.write(pictures, out),
    "yolo": lambda pictures, _clips, out, where: yolo.write(pictures, out, where.__getitem__),
    "cvat": lambda pictures, clips, out, _where: [
        *cvat.write(pictures, out), *cvat.write_clips(clips, out / "clips")
    ],
    "label-studio": lambda pictures, clips, out, _where: label_studio.write(pictures, clips, out),
    "activitynet": lambda _pictures, clips, out, _where: (
        activitynet.write(clips, out) if clips else []
    ),
}  # fmt: skip


def _below(paths: list[Path]) -> Path:
    """The folder that holds all of them."""
    folders = [str(path.parent) for path in paths]
    return Path(os.path.commonpath(folders)) if folders else Path()


def _name(item: Item, below: Path) -> str:
    name = item.path.relative_to(below).as_posix()
    moment = item.kind == "picture" and item.at_s is not None
    return f"{MOMENTS}/{name}@{item.at_s:.2f}.png" if moment else name


def _moment(item: Item, to: Path) -> Path:
    to.parent.mkdir(parents=True, exist_ok=True)
    rgb = footage.moment(item.path, item.at_s or 0.0)
    if not cv2.imwrite(str(to), np.ascontiguousarray(rgb[..., ::-1])):
        raise NotTransferred(f"{to}: cannot be written: make room, or mend the folder's rights")
    return to


def _clip(name: str, item: Item, given: Given) -> Clip:
    long_s = item.length_s or 0.0
    if given.answer == "nothing":
        return Clip(name, long_s, _fps(item.path), given.answer)
    end_s = long_s if given.end_s is None else given.end_s
    return Clip(name, long_s, _fps(item.path), given.answer, given.onset_s, end_s)


def _fps(path: Path) -> float:
    try:
        with av.open(str(path)) as container:
            return float(container.streams.video[0].average_rate or _FPS)
    except (FFmpegError, IndexError):
        return _FPS


def read(book: Book, file: Path, below: Path, who: str) -> In:
    """Read a file of labels into the book, as answers of `who`; its names are below a folder.
    Raises BadMarks, BadName, BadTruth, NotTransferred."""
    if not file.is_file():
        raise NotTransferred(f"{file}: is not there; name a file of labels")
    before = {(item.path, item.at_s) for item in book.items()}
    of_clips = _is_of_clips(file)
    found = list((_of_clips if of_clips else _of_pictures)(file, below))
    if not found:
        raise NotTransferred(f"{file}: says nothing of any picture or clip below {below}")
    numbers = book.add(item for item, _, _ in found)
    standing = {one.item: one for one in book.standing(who)}
    given = [
        _joined(replace(said, item=number, who=who, mode=IMPORTED), standing.get(number))
        for number, (_, said, _) in zip(numbers, found, strict=True)
    ]
    book.give(one for one in given if not _same(one, standing.get(one.item)))
    new = sum((item.path, item.at_s) not in before for item, _, _ in found)
    return In(len(given), new, sum(more for _, _, more in found))


def _joined(one: Given, known: Given | None) -> Given:
    """With the marks that the labeller made before and this file does not speak of: people and
    floors come in files of their own."""
    if known is None:
        return one
    boxes = known.marks.boxes if one.marks.boxes is None else one.marks.boxes
    areas = known.marks.areas if one.marks.areas is None else one.marks.areas
    return replace(one, marks=Marks(boxes, areas))


def _same(one: Given, known: Given | None) -> bool:
    """Whether it has been said already: reading a file twice changes nothing."""
    return known is not None and _said_of(one) == _said_of(known)


def _said_of(one: Given) -> tuple[object, ...]:
    return one.answer, one.onset_s, one.end_s, texts(one.marks)


_Found = Iterator[tuple[Item, Given, bool]]


def _is_of_clips(file: Path) -> bool:
    """Whether a file is a table of clips: what `models.marks` does not read."""
    if file.suffix.lower() in (".yaml", ".yml"):
        return False
    text = file.read_text(encoding="utf-8-sig", errors="replace")
    begin = text.lstrip()[:1]
    if begin == "<":
        return "<image" not in text
    if begin not in ("{", "["):
        return True
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return False  # told by whoever reads marks
    if isinstance(whole, dict):
        return "database" in whole
    data = [one.get("data") for one in whole if isinstance(one, dict)]
    return any("video" in one for one in data if isinstance(one, dict))


def _of_pictures(file: Path, below: Path) -> _Found:
    read_in = reading.pictures(file)
    items = _items(below)
    known = Pictures(below, [Path(path) for path in items])
    beside = below / file.name  # names are below the folder, wherever the file lies
    for one in read_in:
        answer = one.said()
        if answer is not None:
            item = items[known.find(one.name, beside)]
            said = Given(0, "", answer, marks=inside(one.marks))
            yield replace(item, source=file.name), said, False


def _items(below: Path) -> dict[Path, Item]:
    folder = below.resolve()
    found = gathering.gather([below])
    return {
        below / one.path.relative_to(folder): one
        for one in found
        if isinstance(one, Item) and one.kind == "picture"
    }


def _of_clips(file: Path, below: Path) -> _Found:
    folder = below.resolve()
    for one in gather(Wanted((file,), below)):
        if not one.path.resolve().is_relative_to(folder):
            raise NotTransferred(f"{file}: {one.name}: lies outside {below}; name its own folder")
        found = [item for item in gathering.gather([one.path]) if isinstance(item, Item)]
        if not one.path.is_file() or not found:
            raise NotTransferred(
                f"{file}: {one.name}: is neither a clip nor a picture that can be labelled; take "
                "its lines out"
            )
        item = found[0]
        given, more = _said(one)
        if given is not None:
            camera = one.camera or item.camera
            yield replace(item, source=file.name, camera=camera), given, more


def _said(one: Recording) -> tuple[Given | None, bool]:
    """What a recording's truth says, and whether there is more than one incident in it; None where
    all that it says is what not to score."""
    spans = [span for span in one.spans if span.label != "ignore"]
    if not spans:
        return (None if one.spans else Given(0, "", "nothing")), False
    first = spans[0]
    answer = cast("Answer", first.label)
    return Given(0, "", answer, first.onset_s, first.end_s), len(spans) > 1
