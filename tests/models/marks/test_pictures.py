"""Marks on pictures, written in every format and read again: by us, and by other people's tools."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.core.types import Box
from models.marks import coco, cvat, label_studio, reading, yolo
from models.marks.marked import (
    ANSWERS,
    AREA_KINDS,
    BOX_STATES,
    BadMarks,
    Marked,
    Marks,
    Outlined,
    Picture,
)

SIZE = (640, 360)
PX = 1e-3  # formats round to a thousandth of a pixel or a millionth of the picture
_whole = st.integers(0, 900).map(lambda n: n / 1000)
_side = st.integers(10, 100).map(lambda n: n / 1000)
boxes = st.builds(Marked, st.builds(Box, _whole, _whole, _side, _side), st.sampled_from(BOX_STATES))
corners = st.lists(st.tuples(_whole, _whole), min_size=3, max_size=7).map(tuple)
areas = st.builds(Outlined, st.sampled_from(AREA_KINDS), corners)
marks = st.builds(
    Marks,
    st.one_of(st.none(), st.lists(boxes, max_size=3).map(tuple)),
    st.one_of(st.none(), st.lists(areas, max_size=2).map(tuple)),
)


@st.composite
def pictures(draw: st.DrawFn) -> list[Picture]:
    """Up to four, in folders, of names that XML has to escape."""
    many = draw(st.lists(marks, min_size=1, max_size=4))
    said = st.one_of(st.none(), st.sampled_from(ANSWERS))
    return [
        Picture(f"hall & ward/{n} <a>.png", *SIZE, one, draw(said)) for n, one in enumerate(many)
    ]


def _near(found: Marks, said: Marks) -> bool:
    """The same marks, as near as the formats write them."""

    def flat(one: Marks) -> list[list[float]]:
        people = [[*mark.box] for mark in one.boxes or ()]
        return people + [[v for corner in area.corners for v in corner] for area in one.areas or ()]

    def words(one: Marks) -> object:
        people = None if one.boxes is None else [mark.state for mark in one.boxes]
        return people, None if one.areas is None else [area.kind for area in one.areas]

    return words(found) == words(said) and all(
        a == pytest.approx(b, abs=PX / 360) for a, b in zip(flat(found), flat(said), strict=True)
    )


def _halves(files: Sequence[Path]) -> dict[str, Marks]:
    """What the files of people and the files of areas say together, by picture."""
    found: dict[str, Marks] = {}
    for file in files:
        for one in reading.pictures(file):
            known, new = found.get(one.name, Marks()), one.marks
            boxes = new.boxes if known.boxes is None else known.boxes
            found[one.name] = Marks(boxes, new.areas if known.areas is None else known.areas)
    return found


Write = Callable[[list[Picture], Path], list[Path]]


@pytest.mark.parametrize("write", [coco.write, cvat.write], ids=["coco", "cvat"])
@settings(max_examples=25, deadline=None)
@given(said=pictures())
def test_what_is_written_is_read_again(
    write: Write, said: list[Picture], tmp_path_factory: pytest.TempPathFactory
) -> None:
    files = write(said, tmp_path_factory.mktemp("out"))
    found = _halves(files)
    looked = [one for one in said if one.marks != Marks()]
    assert set(found) == {one.name for one in looked}
    for one in looked:
        assert _near(found[one.name], one.marks)
    answers = {one.name: one.answer for file in files for one in reading.pictures(file)}
    assert answers == {one.name: one.answer for one in looked}


@settings(max_examples=25, deadline=None)
@given(said=pictures())
def test_label_studio_says_all_in_one_file(
    said: list[Picture], tmp_path_factory: pytest.TempPathFactory
) -> None:
    out = tmp_path_factory.mktemp("out")
    label_studio.write(said, (), out)
    found = reading.pictures(out / label_studio.FILE)
    assert [(one.name, one.answer, one.width_px) for one in found] == [
        (one.name, one.answer, one.width_px) for one in said
    ]
    assert all(_near(a.marks, b.marks) for a, b in zip(found, said, strict=True))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Picture]]:
    """Two pictures that lie somewhere, one of them empty."""
    folder = tmp_path_factory.mktemp("pictures")
    people = (Marked(Box(0.1, 0.2, 0.25, 0.5), "down"), Marked(Box(0.5, 0.5, 0.1, 0.3), "upright"))
    floor = Outlined("floor", ((0.0, 1.0), (1.0, 1.0), (0.8, 0.5), (0.2, 0.5)))
    spill = Outlined("spill", ((0.4, 0.8), (0.5, 0.8), (0.45, 0.9)))
    said = [
        Picture("hall/1.png", *SIZE, Marks(people, (floor, spill)), "collapse"),
        Picture("ward/1.png", *SIZE, Marks((), ())),
    ]
    for one in said:
        (folder / one.name).parent.mkdir(parents=True)
        cv2.imwrite(str(folder / one.name), np.zeros((*SIZE[::-1], 3), np.uint8))
    return folder, said


def test_yolo_is_a_folder_that_says_the_same(
    drawn: tuple[Path, list[Picture]], tmp_path: Path
) -> None:
    folder, said = drawn
    files = yolo.write(said, tmp_path, folder.joinpath)
    assert files == [tmp_path / "people" / "data.yaml", tmp_path / "areas" / "data.yaml"]
    found = _halves(files)
    for one in said:
        assert _near(found[f"images/{one.name}"], one.marks)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning:pycocotools.*")
def test_pycocotools_reads_our_coco(drawn: tuple[Path, list[Picture]], tmp_path: Path) -> None:
    tools = pytest.importorskip("pycocotools.coco", reason="the extra `test` is not installed")
    _, said = drawn
    people, floors = (tools.COCO(str(file)) for file in coco.write(said, tmp_path))
    [first, second] = people.loadAnns(people.getAnnIds(imgIds=[1]))
    assert first["bbox"] == pytest.approx([64, 72, 160, 180])
    assert people.loadCats(second["category_id"])[0]["name"] == "upright"
    [spill] = floors.loadAnns(floors.getAnnIds(catIds=floors.getCatIds(["spill"])))
    assert floors.annToMask(spill).sum() == pytest.approx(spill["area"], rel=0.1)


def test_globox_reads_our_yolo_and_our_cvat(
    drawn: tuple[Path, list[Picture]], tmp_path: Path
) -> None:
    globox = pytest.importorskip("globox", reason="the extra `test` is not installed")
    folder, said = drawn
    yolo.write(said[:1], tmp_path, folder.joinpath)
    cvat.write(said[:1], tmp_path)
    labels = tmp_path / "people" / "labels" / "hall"
    images = tmp_path / "people" / "images" / "hall"
    of_yolo = globox.AnnotationSet.from_yolo_v5(labels, image_folder=images, image_extension=".png")
    of_cvat = globox.AnnotationSet.from_cvat(tmp_path / "people.xml")
    for found in (of_yolo, of_cvat):
        [first, second] = found["1.png" if found is of_yolo else "hall/1.png"].boxes
        assert first.ltwh == pytest.approx((64, 72, 160, 180), abs=0.01)
        assert second.label in ("upright", str(BOX_STATES.index("upright")))


BOXED = {"images": [{"id": 1, "file_name": "a.png", "width": 64, "height": 48}]}


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ({"bbox": [1, 1, 5, 5]}, "annotation 0: spill has no outline; mark floor and spills with"),
        ({"segmentation": [[1, 1, 2]]}, "a polygon is x, y, x, y, …, but has 3 numbers"),
        ({"segmentation": {"counts": "x", "size": [48, 64]}}, "run lengths; export polygons"),
    ],
)
def test_an_area_that_is_no_polygon_is_said(
    mark: dict[str, object], said: str, tmp_path: Path
) -> None:
    annotation = {"image_id": 1, "category_id": 1, **mark}
    names = [{"id": 1, "name": "spill"}]
    text = json.dumps(BOXED | {"annotations": [annotation], "categories": names})
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(BadMarks, match=said):
        reading.pictures(tmp_path / "a.json")


def test_a_yolo_folder_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text("train: images\nnames: [down]\n")
    with pytest.raises(BadMarks, match="train: images: no such folder"):
        reading.pictures(tmp_path / "data.yaml")
    for below in ("images", "labels"):
        (tmp_path / below).mkdir()
    cv2.imwrite(str(tmp_path / "images" / "a.png"), np.zeros((48, 64), np.uint8))
    (tmp_path / "labels" / "a.txt").write_text("0 0.5 0.5 0.2 0.2\n3 0.5 0.5 0.2 0.2\n")
    with pytest.raises(BadMarks, match=r"a.txt:2: class 0 to 0, then cx cy w h"):
        reading.pictures(tmp_path / "data.yaml")


def test_what_nobody_was_asked_is_not_said_to_be_empty(tmp_path: Path) -> None:
    [people, *none] = coco.write([Picture("a.png", *SIZE, Marks(boxes=()))], tmp_path)
    assert not none
    assert reading.pictures(people)[0].marks == Marks(boxes=(), areas=None)
