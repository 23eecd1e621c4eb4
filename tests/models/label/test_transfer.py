"""A book goes out in every format and comes back as it was; what cannot be done is said."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from alerts.main import main
from models.label.book import Book
from models.label.words import Given, Item, Marks
from tests.models.label.test_usable import DOWN, SIZE, WET, a_clip, a_picture, room

MARKS = Marks((DOWN,), (WET,))


@pytest.fixture
def footage(tmp_path: Path) -> Path:
    """Three pictures and two clips in folders."""
    folder = tmp_path / "footage"
    for camera in ("hall", "ward"):
        (folder / camera).mkdir(parents=True)
    for name in ("hall/1", "hall/2", "ward/1"):
        a_picture(folder, name)
    for name in ("hall/fall", "ward/day"):
        a_clip(folder, name)
    return folder


def labelled(footage: Path, project: Path, who: str = "kim") -> None:
    """What `read` is to find again."""
    from models.label import gathering  # noqa: PLC0415

    said = {
        "1.png": ("spill", {"marks": MARKS}), "2.png": ("nothing", {"marks": Marks((), ())}),
        "fall.mp4": ("collapse", {"onset_s": 1.0, "end_s": 2.6}), "day.mp4": ("nothing", {}),
    }  # fmt: skip
    with Book.open(project) as book:
        for item in gathering.gather([footage]):
            assert isinstance(item, Item)
            [number] = book.add([item])
            answer, words = said[item.path.name]
            book.give([Given(number, who, answer, **words)])  # type: ignore[arg-type]


def answers(project: Path, who: str) -> dict[str, Given]:
    with Book.open(project) as book:
        items = {item.number: item for item in book.items()}
        return {"/".join(items[one.item].path.parts[-2:]): one for one in book.standing(who)}


def said(*words: object) -> int:
    return main(["label", *map(str, words)])


@pytest.mark.parametrize("form", ["coco", "cvat", "label-studio", "yolo"])
def test_marked_pictures_come_back(footage: Path, tmp_path: Path, form: str) -> None:
    labelled(footage, tmp_path / "a")
    out = tmp_path / "out"
    assert said("--project", tmp_path / "a", "--export", form, out) == 0
    files = {"coco": ["people.json", "areas.json"], "cvat": ["people.xml", "areas.xml"],
             "label-studio": ["label_studio.json"],
             "yolo": ["people/data.yaml", "areas/data.yaml"]}[form]  # fmt: skip
    for half, file in enumerate(files):
        below = footage if form != "yolo" else (out / file).parent
        project = ["--project", tmp_path / f"b{half}", "--who", "lee"]
        assert said(below, *project, "--import", out / file) == 0
        found = answers(tmp_path / f"b{half}", "lee")
        assert set(found) == {"hall/1.png", "hall/2.png", "ward/1.png"}
        marks = found["hall/1.png"].marks
        if marks.boxes is not None:
            assert marks.boxes[0].state == "down"
            assert tuple(marks.boxes[0].box) == pytest.approx(tuple(DOWN.box), abs=1e-4)
        if marks.areas is not None:
            assert [area.kind for area in marks.areas] == ["spill"]
        if form != "yolo":  # which has no word for what a picture shows
            assert [one.answer for one in found.values()].count("nothing") == 1


@pytest.mark.parametrize("form", ["activitynet", "cvat", "label-studio"])
def test_incidents_of_clips_come_back(footage: Path, tmp_path: Path, form: str) -> None:
    labelled(footage, tmp_path / "a")
    out = tmp_path / "out"
    assert said("--project", tmp_path / "a", "--export", form, out) == 0
    files = {"activitynet": ["activitynet.json"], "label-studio": ["label_studio_clips.json"],
             "cvat": ["clips/hall/fall.mp4.xml", "clips/ward/day.mp4.xml"]}[form]  # fmt: skip
    for file in files:
        assert said(footage, "--project", tmp_path / "b", "--import", out / file) == 0
    found = answers(tmp_path / "b", "imported")
    fall = found["hall/fall.mp4"]
    assert (fall.answer, fall.onset_s, fall.end_s) == ("collapse", 1.0, 2.6)
    assert found["ward/day.mp4"].answer == "nothing"


def test_reading_a_file_twice_changes_nothing(footage: Path, tmp_path: Path) -> None:
    labelled(footage, tmp_path / "a")
    said("--project", tmp_path / "a", "--export", "coco", tmp_path / "out")
    for _ in range(2):
        people = tmp_path / "out" / "people.json"
        assert said(footage, "--project", tmp_path / "b", "--import", people) == 0
    with Book.open(tmp_path / "b") as book:
        assert len(book.given()) == 3
        assert {one.mode for one in book.given()} == {"import"}


def test_people_and_floors_of_two_files_are_one_answer(footage: Path, tmp_path: Path) -> None:
    labelled(footage, tmp_path / "a")
    said("--project", tmp_path / "a", "--export", "cvat", tmp_path / "out")
    for file in ("people.xml", "areas.xml"):
        said(footage, "--project", tmp_path / "b", "--import", tmp_path / "out" / file)
    marks = answers(tmp_path / "b", "imported")["hall/1.png"].marks
    assert marks.boxes is not None
    assert marks.areas is not None
    assert (len(marks.boxes), len(marks.areas)) == (1, 1)


def test_a_moment_of_a_recording_goes_out_as_a_picture(footage: Path, tmp_path: Path) -> None:
    clip = footage / "hall" / "fall.mp4"
    item = Item("picture", clip, "d", at_s=1.0, width_px=SIZE[0], height_px=SIZE[1])
    with Book.open(tmp_path / "a") as book:
        [number] = book.add([item])
        book.give([Given(number, "kim", "collapse", marks=Marks((DOWN,)))])
    assert said("--project", tmp_path / "a", "--export", "coco", tmp_path / "out") == 0
    [image] = json.loads((tmp_path / "out" / "people.json").read_text())["images"]
    written = cv2.imread(str(tmp_path / "out" / image["file_name"]))
    assert written is not None
    first = sum(b"hall/fall")
    assert np.abs(written[..., ::-1].astype(int) - room(first + 5)).mean() < 12


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--export", "voc", "out"], "--export voc: known formats are coco, yolo, cvat"),
        (["--import", "no.json"], "no.json: is not there; name a file of labels"),
        (["--next", "5"], "nothing to choose from; open the page once, and let the model look"),
        (["--usable", "."], "is not empty, and not written from labels; name a new folder"),
    ],
)
def test_what_cannot_be_done_is_said(
    footage: Path,
    tmp_path: Path,
    words: list[str],
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    labelled(footage, tmp_path / "a")
    where = [str(footage / word) if word == "." else word for word in words]
    assert (
        said(*([footage] if "--import" in words else []), "--project", tmp_path / "a", *where) == 2
    )
    assert told in capsys.readouterr().err


def test_where_there_are_no_labels_nothing_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said("--project", tmp_path / "none", "--report") == 2
    assert "no labels in it; name the folder with --project" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


COCO = {
    "images": [{"id": 1, "file_name": "hall/1.png", "width": 100, "height": 50}],
    "categories": [{"id": 1, "name": "down"}],
}


def coco(folder: Path, *bbox: float) -> Path:
    one = {"id": 1, "image_id": 1, "category_id": 1, "bbox": bbox}
    file = folder / "coco.json"
    file.write_text(json.dumps({**COCO, "annotations": [one]}))
    return file


def test_what_reaches_beyond_the_picture_is_cut_at_its_edge(footage: Path, tmp_path: Path) -> None:
    file = coco(tmp_path, -10, 20, 60, 80)
    assert said(footage, "--project", tmp_path / "a", "--who", "lee", "--import", file) == 0
    [box] = answers(tmp_path / "a", "lee")["hall/1.png"].marks.boxes or ()
    assert tuple(box.box) == pytest.approx((0, 0.4, 0.5, 0.6))


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("folder.csv", "clip,label,onset_s,end_s\nhall,none,,\n", "neither a clip nor a picture"),
        ("out.csv", "clip,label,onset_s,end_s\n../beside.png,none,,\n", "lies outside"),
        ("list.json", '[{"data": 5}, 1]', "not Label Studio's JSON"),
        ("data.yaml", "train: ../../..\nnames: [down]\n", "lies elsewhere"),
        ("nan.json", None, "is no number"),
    ],
)
def test_a_file_that_is_meant_badly_is_one_line(
    footage: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], *,
    name: str, text: str | None, told: str,
) -> None:  # fmt: skip
    below = tmp_path / "below"
    shutil.copytree(footage, below)
    shutil.copy(footage / "hall" / "1.png", tmp_path / "beside.png")
    file = below / name
    if text is None:
        coco(below, 1, 2, float("nan"), 4).rename(file)
    else:
        file.write_text(text)
    assert said(below, "--project", tmp_path / "a", "--import", file) == 2
    assert told in capsys.readouterr().err
    with Book.open(tmp_path / "a") as book:
        assert not book.given()
