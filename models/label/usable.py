"""What was labelled, as `train`, `tune` and `evaluate` take it.

    people/     pictures on which people were marked, and people.json: to learn from
    spills/     images/ and masks/ (black is dry): to learn from
    normal/     clips and pictures in which nothing happens: to learn from
    tune/       incidents of camera-days without marked pictures, and tune.csv
    apart/      clips and floors of a fifth of the camera-days, and truth.csv: to tell by

Everything lies in folders SITE/CAMERA/DAY, and a camera's day is on one side as a whole: which are
kept apart follows from a digest of their names, the same as the desk's (`alerts.desk.negatives`).
What labellers disagree on, or nobody is sure of, is left out; so is an incident without its onset.
Files are links to where they lie, or copies where no link can be.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import cv2
import numpy as np
from numpy.typing import NDArray

from alerts.desk import negatives
from alerts.errors import UserError
from models import site
from models.label import footage
from models.label.words import Given, Item
from models.marks import coco
from models.marks.marked import UNMARKED, Outlined, Picture

TUNE, APART, TRUTH, TUNE_TRUTH = "tune", "apart", "truth.csv", "tune.csv"
LIST = "files.txt"  # what a folder holds of ours: nothing else in it is ever removed
_HEADER = ("clip", "label", "onset_s", "end_s", "incident", "camera", "mask")
_UNDATED, _NOWHERE = "undated", "site"
Labels = Mapping[int, tuple[Item, Given]]


class NotUsable(UserError):
    """The folder holds other things, or there is nothing to write."""


@dataclass(frozen=True)
class Written:
    """What was written where, and how many items were left out why."""

    folder: Path
    counts: Mapping[str, int]
    left_out: Mapping[str, int]

    def lines(self) -> list[str]:
        """In words."""
        found = [f"{self.counts.get(name, 0):6} {what}" for name, what in _WHAT.items()]
        return found + [f"{count:6} left out: {why}" for why, count in self.left_out.items()]


_WHAT = {
    site.PEOPLE: "pictures in people/, to learn from",
    site.SPILLS: "floors in spills/, to learn from",
    site.NORMAL: "clips and pictures in normal/, to learn from",
    TUNE: f"clips in {TUNE_TRUTH}, to tune thresholds by",
    APART: f"clips and pictures in {TRUTH}, kept apart to tell by",
}


def write(labels: Labels, folder: Path) -> Written:
    """Write them, in place of what an earlier call wrote there. `labels` are items with the one
    answer to go by (`Book.verdicts`). Raises NotUsable, BadClip."""
    before = _before(folder)
    with (folder / LIST).open("a", encoding="utf-8") as begun:  # known as ours, should we be killed
        made = _Folder(folder, labels, lambda path: _noted(begun, path))
        for item, given in labels.values():
            made.add(item, given)
        made.finish()
    if not made.counts:
        raise NotUsable("nothing that was labelled can be used yet: " + _why(made.left_out))
    for path in before - made.files - {LIST}:
        (folder / path).unlink(missing_ok=True)
    (folder / LIST).write_text("".join(f"{path}\n" for path in sorted(made.files)), "utf-8")
    return Written(folder, made.counts, made.left_out)


def _noted(begun: IO[str], path: str) -> None:
    begun.write(f"{path}\n")
    begun.flush()


def _why(left_out: Mapping[str, int]) -> str:
    return "; ".join(f"{count} {why}" for why, count in left_out.items()) or "no answers"


def _before(folder: Path) -> set[str]:
    """The files that an earlier call wrote. Raises NotUsable where others are."""
    listed = folder / LIST
    if listed.is_file():
        paths = map(Path, listed.read_text("utf-8").splitlines())
        return {one.as_posix() for one in paths if not one.is_absolute() and ".." not in one.parts}
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NotUsable(f"{folder}: is not empty, and not written from labels; name a new folder")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # pictures of people
    return set()


def camera_day(item: Item) -> str:
    """The folders of an item's camera and day."""
    day = (item.occurred_at or _UNDATED)[:10]
    return negatives.camera_day(item.site or _NOWHERE, item.camera or item.source, day)


class _Folder:
    """The folder while it is written."""

    def __init__(self, folder: Path, labels: Labels, noted: Callable[[str], None]) -> None:
        self._folder = folder
        self._noted = noted
        self._sites = _sites(item for item, _ in labels.values())
        self.files: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self._rows: dict[str, list[tuple[object, ...]]] = {TUNE: [], APART: []}
        self._people: list[Picture] = []
        # The people and liquids of such a day may be those of its clips.
        taught = ((self._place(item), item, given) for item, given in labels.values())
        self._learnt = {place for place, item, given in taught if _teaches(place, item, given)}

    def _place(self, item: Item) -> str:
        return camera_day(replace(item, site=item.site or self._sites.get(item.camera, "")))

    def add(self, item: Item, given: Given) -> None:
        """One item, to where it belongs."""
        place = self._place(item)
        if not item.path.is_file():
            self.left_out["no longer where they were: put them back, and add them anew"] += 1
        elif given.answer == "unsure":
            self.left_out["nobody is sure"] += 1
        elif item.kind == "clip":
            self._clip(item, given, place)
        elif negatives.is_apart(place):
            self._apart_picture(item, given, place)
        else:
            self._picture(item, given, place)

    def _clip(self, item: Item, given: Given, place: str) -> None:
        nothing = given.answer == "nothing"
        if not nothing and given.onset_s is None:
            self.left_out["an incident without its onset: mark it on the time line"] += 1
            return
        if negatives.is_apart(place):
            top = APART
        elif nothing:
            self._put(item, f"{site.NORMAL}/{place}")
            self.counts[site.NORMAL] += 1
            return
        elif place in self._learnt:
            self.left_out["an incident of a camera's day whose pictures are learnt from"] += 1
            return
        else:
            top = TUNE
        end_s = item.length_s if given.end_s is None else given.end_s
        clip = self._put(item, f"{top}/{place}")
        told = ("none", "", "") if nothing else (given.answer, given.onset_s, end_s)
        self._row(top, item, clip, *told)

    def _row(self, top: str, item: Item, clip: str, *told: object) -> None:
        """`told`: label, onset, end, and which mask, if any."""
        incident = (item.event_id or "") if told[0] != "none" else ""
        mask = told[3] if len(told) > 3 else ""
        self._rows[top].append((clip, *told[:3], incident, item.camera, mask))
        self.counts[top] += 1

    def _apart_picture(self, item: Item, given: Given, place: str) -> None:
        """A picture alone shows no collapse: of those kept apart only the floors can be told by."""
        if given.answer == "collapse" or (given.answer == "spill" and given.marks.areas is None):
            self.left_out["kept apart, but a picture alone of it tells nothing"] += 1
            return
        clip, mask = self._put(item, f"{APART}/{place}"), ""
        if given.answer == "spill":
            mask = self._mask(item, given, f"{APART}/masks/{place}")
        self._row(APART, item, clip, given.answer if mask else "none", "", "", mask)

    def _picture(self, item: Item, given: Given, place: str) -> None:
        used = False
        if given.marks.boxes is not None:
            name = self._put(item, f"{site.PEOPLE}/{place}").removeprefix(f"{site.PEOPLE}/")
            self._people.append(
                Picture(name, item.width_px, item.height_px, given.marks, given.answer)
            )
            self.counts[site.PEOPLE] += 1
            used = True
        if given.marks.areas is not None and (given.answer != "spill" or _wet(given)):
            self._put(item, f"{site.SPILLS}/images/{place}")
            self._mask(item, given, f"{site.SPILLS}/masks/{place}")
            self.counts[site.SPILLS] += 1
            used = True
        elif given.answer == "nothing" and not used:
            self._put(item, f"{site.NORMAL}/{place}")
            self.counts[site.NORMAL] += 1
            used = True
        if not used:
            self.left_out["pictures of an incident on which nothing is marked"] += 1

    def _put(self, item: Item, place: str) -> str:
        """The item's file there; its path below the folder. Names are numbers: a folder's pictures
        are one place, whatever they were called."""
        moment = item.kind == "picture" and item.at_s is not None
        ending = ".png" if moment else item.path.suffix.lower()
        path = f"{place}/item_{item.number:06}{ending}"
        to = self._folder / path
        to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._takes(path)
        if moment and not to.is_file():
            rgb = footage.moment(item.path, item.at_s or 0.0)
            _write_picture(to, np.ascontiguousarray(rgb[..., ::-1]))
        elif not moment:
            _link(item.path, to)
        return path

    def _takes(self, path: str) -> None:
        self.files.add(path)
        self._noted(path)

    def _mask(self, item: Item, given: Given, place: str) -> str:
        path = f"{place}/item_{item.number:06}.png"
        mask = np.zeros((item.height_px, item.width_px), np.uint8)
        for area in _wet(given):
            size = (item.width_px, item.height_px)
            corners = np.round(np.array(area.corners) * size).astype(np.int32)
            cv2.fillPoly(mask, [corners], 255)
        to = self._folder / path
        to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._takes(path)
        _write_picture(to, mask)
        return path

    def finish(self) -> None:
        """Write the tables."""
        if self._people:
            text = json.dumps(coco.people(self._people), ensure_ascii=False, indent=1)
            self._text(f"{site.PEOPLE}/people.json", text + "\n")
        for top, name in ((TUNE, TUNE_TRUTH), (APART, TRUTH)):
            if self._rows[top]:
                self._takes(name)
                with (self._folder / name).open("w", encoding="utf-8", newline="") as file:
                    table = csv.writer(file, lineterminator="\n")
                    table.writerows([_HEADER, *self._rows[top]])

    def _text(self, path: str, text: str) -> None:
        self._takes(path)
        (self._folder / path).write_text(text, "utf-8")


def _wet(given: Given) -> list[Outlined]:
    return [area for area in given.marks.areas or () if area.kind == "spill"]


def _sites(items: Iterable[Item]) -> dict[str, str]:
    """By camera its site, where one alone is known. A device's evidence does not say its site, and
    what the desk keeps of the same camera's day does: both have to be on one side."""
    known: dict[str, set[str]] = defaultdict(set)
    for item in items:
        if item.site and item.camera:
            known[item.camera].add(item.site)
    return {camera: sites.pop() for camera, sites in known.items() if len(sites) == 1}


def _teaches(place: str, item: Item, given: Given) -> bool:
    """Whether a network learns people or liquid from it."""
    if given.answer == "unsure" or negatives.is_apart(place):
        return False
    return item.kind == "picture" and given.marks != UNMARKED


def _link(path: Path, to: Path) -> None:
    if to.exists() and to.samefile(path):
        return
    to.unlink(missing_ok=True)
    try:
        os.link(path.resolve(), to)
    except OSError:  # another disk, or one that has no links
        shutil.copyfile(path, to)


def _write_picture(path: Path, bgr: NDArray[np.uint8]) -> None:
    part = path.with_name(f".{path.name}")  # whole or not at all
    if not cv2.imwrite(str(part), bgr):
        raise NotUsable(f"{path}: cannot be written: make room, or mend the folder's rights")
    part.replace(path)
