"""Pictures of one name in several folders are not mixed up."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import pytest

from models import site
from models.labels import STATES
from models.marks.marked import BadMarks
from models.site import BadSite
from models.site_names import BadName, Pictures


def _pictures(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(folder / name), np.full((48, 64, 3), 90, np.uint8))


def _mark(file: Path, labels: dict[str, str]) -> None:
    """COCO's JSON with one person of that label on each picture."""
    file.parent.mkdir(parents=True, exist_ok=True)
    numbered = list(enumerate(labels))
    images = [{"id": n, "file_name": name, "width": 64, "height": 48} for n, name in numbered]
    boxes = [
        {"image_id": n, "category_id": STATES.index(labels[name]), "bbox": [1, 1, 9, 9]}
        for n, name in numbered
    ]
    names = [{"id": n, "name": state} for n, state in enumerate(STATES)]
    file.write_text(json.dumps({"images": images, "annotations": boxes, "categories": names}))


def _states(folder: Path) -> dict[str, str]:
    people = folder / "people"
    return {
        path.relative_to(people).as_posix(): STATES[found[0].state]
        for path, found in site.read(folder).people.items()
    }


def test_folders_in_names_tell_pictures_apart(tmp_path: Path) -> None:
    marked = {"hall/1.png": "down", "ward/1.png": "bed", "1.png": "low"}
    _pictures(tmp_path / "people", marked)
    _mark(tmp_path / "people" / "boxes.json", marked)
    assert _states(tmp_path) == marked


def test_boxes_in_a_folder_are_of_its_own_pictures(tmp_path: Path) -> None:
    people = tmp_path / "people"
    _pictures(people, ["hall/images/1.png", "ward/images/1.png", "1.png"])
    _mark(people / "hall/annotations/boxes.json", {"1.png": "down"})
    _mark(people / "ward/annotations/boxes.json", {"images\\1.png": "bed"})
    assert _states(tmp_path) == {"hall/images/1.png": "down", "ward/images/1.png": "bed"}


def test_a_name_with_more_folders_than_there_are_is_found(tmp_path: Path) -> None:
    pictures = Pictures(tmp_path, [tmp_path / "hall/1.png", tmp_path / "1.png"])
    file = tmp_path / "boxes.json"
    assert pictures.find("/data/export/hall/1.png", file) == tmp_path / "hall/1.png"
    assert pictures.find("C:\\data\\1.png", file) == tmp_path / "1.png"


def test_a_name_that_may_be_several_is_said(tmp_path: Path) -> None:
    _pictures(tmp_path / "people", ["hall/1.png", "ward/1.png"])
    _mark(tmp_path / "people" / "boxes.json", {"1.png": "down"})
    with pytest.raises(BadName, match=r"1.png: may be hall/1.png or ward/1.png; write its folder"):
        site.read(tmp_path)


def test_a_name_in_another_folder_is_not_taken_for_it(tmp_path: Path) -> None:
    _pictures(tmp_path / "people", ["hall/1.png"])
    _mark(tmp_path / "people" / "boxes.json", {"ward/1.png": "down"})
    with pytest.raises(BadName, match=r"ward/1.png: no such picture .*; there is hall/1.png"):
        site.read(tmp_path)


def test_a_picture_marked_twice_is_said(tmp_path: Path) -> None:
    people = tmp_path / "people"
    _pictures(people, ["1.png"])
    _mark(people / "a.json", {"1.png": "down"})
    _mark(people / "b.json", {"data/1.png": "low"})
    with pytest.raises(BadSite, match=r"1.png: is marked in .*a.json as 1.png and in .*b.json as"):
        site.read(tmp_path)
    (people / "b.json").unlink()
    twice = json.loads((people / "a.json").read_text())
    twice["images"].append({**twice["images"][0], "id": 1})
    (people / "a.json").write_text(json.dumps(twice))
    with pytest.raises(BadMarks, match=r"1.png: is in it twice"):
        site.read(tmp_path)


def test_masks_of_pictures_of_one_name_are_told_apart(tmp_path: Path) -> None:
    spills = tmp_path / "spills"
    _pictures(spills / "images", ["hall/1.png", "ward/1.jpg"])
    _pictures(spills / "masks", ["hall/1.png", "ward/1.png"])
    found = site.read(tmp_path).spills
    masks = {image.parent.name: mask.parent.name for image, mask in found.items()}
    assert masks == {"hall": "hall", "ward": "ward"}
    for name in ("hall", "ward"):
        (spills / "masks" / name / "1.png").rename(spills / "masks" / "1.png")
    with pytest.raises(BadSite, match=r"masks/1.png may be either's mask"):
        site.read(tmp_path)
