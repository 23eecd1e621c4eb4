"""Labels are drawn for people to look at, and what they drop is not learnt from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models import audit, dropped, mended, prepare, stores
from models.labels import STATES, Labelled, annotation
from models.stores import Sample, Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two pictures with somebody down, one of an empty room that is wet."""
    writer = stores.Writer(tmp_path / "store", 3, masks=True)
    grey = np.full((180, 320, 3), 90, np.uint8)
    for number in range(2):
        people = (Labelled(0.5, 0.5, 0.2, 0.3, number), Labelled(0.2, 0.5, 0.2, 0.3, 2))
        writer.add(Sample("hospital_bed", f"{number}_x.jpg", 320, 180, people), grey)
    wet = np.zeros((180, 320), np.bool_)
    wet[100:140, 100:200] = True
    writer.add(Sample("painted", "room.jpg", 320, 180, (), empty=True), grey, wet)
    writer.save()
    found = stores.load(tmp_path / "store")
    assert found is not None
    return found


def test_a_sheet_for_each_source_and_state_shows_boxes_and_liquid(
    store: Store, tmp_path: Path
) -> None:
    heard: list[tuple[int, int]] = []
    files = audit.write([store], tmp_path / "sheets", 4, lambda *at: heard.append(at))
    assert [file.name for file in files] == ["hospital_bed-down-01.png", "painted-nobody-01.png"]
    assert heard == [(1, 2), (2, 2)]
    down, wet = (prepare.read_picture(file) for file in files)
    assert (down == audit.COLOURS[2]).all(2).any()
    assert (down == audit.COLOURS[1]).all(2).any()
    assert (wet == audit.LIQUID).all(2).any()
    assert not (wet == audit.COLOURS[2]).all(2).any()


def test_too_many_are_chosen_evenly(store: Store) -> None:
    many = [(store, number) for number in range(1000)]
    pages = audit._pages(many, 2)
    chosen = [number for page in pages for _, number in page]
    assert len(chosen) == 2 * audit.ROWS * audit.COLUMNS
    assert (chosen[0], chosen[-1]) == (0, 999)
    assert max(np.diff(chosen)) - min(np.diff(chosen)) <= 1


@pytest.mark.parametrize(
    ("source", "name", "expected"),
    [
        ("gmdcsa24", "Subject 1/Fall/13.mp4@2.20", True),  # the whole clip
        ("gmdcsa24", "Subject 1/Fall/14.mp4@2.20", True),  # this moment
        ("gmdcsa24", "Subject 1/Fall/14.mp4@2.40", False),
        ("rooms", "9_jpg.jpg", True),
        ("painted", "9_jpg.jpg", True),  # and what is painted onto it
        ("painted", "gmdcsa24:Subject 1/Fall/13.mp4@2.20", True),
        ("hospital_bed", "9_jpg.jpg", False),
    ],
)
def test_a_picture_is_dropped_by_its_own_name_or_its_clip(
    source: str, name: str, expected: bool
) -> None:
    known = frozenset(
        {"gmdcsa24/Subject 1/Fall/13.mp4", "gmdcsa24/Subject 1/Fall/14.mp4@2.20", "rooms/9_jpg.jpg"}
    )
    assert dropped.is_dropped(source, name, known) is expected


def test_labels_of_clips_are_what_the_lists_say_now() -> None:
    name, was = "Subject 3/Fall/15.mp4", (Labelled(0.1, 0.1, 0.1, 0.1, 0),)
    [person] = mended.people("gmdcsa24", f"{name}@5.00", was)
    [box] = mended.listed()[f"gmdcsa24/{name}"]
    assert (person.w, person.h, STATES[person.state]) == (box.w, box.h, "down")
    assert person.cx - person.w / 2 == pytest.approx(box.x)
    [seated] = mended.people("assist_iot", "adl/07_sitting_high_chair_front.mp4@6.00", was)
    assert seated == replace(was[0], state=STATES.index("low"))
    assert mended.people("gmdcsa24", "another.mp4@1.00", was) == was
    assert mended.people("gmdcsa24", f"{name}@5.00", ()) == ()
    assert mended.people("painted", f"gmdcsa24:{name}@5.00", was) == (person,)
    assert mended.people("painted", "5.jpg", was) == was


def test_boxes_drawn_by_eye_are_in_the_picture() -> None:
    for boxes in mended.listed().values():
        for box in boxes:
            assert box.from_s < box.to_s
            assert min(box.x, box.y) >= 0
            assert max(box.x + box.w, box.y + box.h) <= 1.0 + 1e-9


def test_the_list_says_why() -> None:
    rows = annotation("dropped")
    assert all(row["picture"].count("/") >= 1 and row["why"] for row in rows)
    assert len({row["picture"] for row in rows}) == len(rows)
