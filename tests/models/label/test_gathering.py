"""What is to be labelled is read as it lies."""

from __future__ import annotations

import os
import struct
import zlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from alerts.desk.negatives import HardNegatives
from models.label import screen
from models.label.book import Book
from models.label.gathering import NothingToLabel, files, gather
from models.label.words import Item
from tests.alerts.desk.test_negatives import a_state
from tests.alerts.samples import BEGAN, an_event
from tests.models.evaluation.films import film
from tests.support.labelling import drawn

EVENT = "20261120T174512345Z-0123456789"


def found(*given: Path) -> tuple[dict[str, Item], list[str]]:
    items, left_out = {}, []
    for one in gather(given):
        if isinstance(one, str):
            left_out.append(one)
        else:
            items[one.path.name] = one
    return items, left_out


def test_pictures_and_clips_of_folders_by_camera(tmp_path: Path) -> None:
    drawn(tmp_path, 2, "hall")
    drawn(tmp_path, 1, "ward 3")
    film(tmp_path / "hall" / "night.mp4", (), 2.0)
    (tmp_path / "hall" / "broken.jpg").write_bytes(b"\xff\xd8\xff no picture")
    (tmp_path / "hall" / "notes.txt").write_text("not looked at")
    (tmp_path / ".hidden").mkdir()
    drawn(tmp_path / ".hidden", 1)
    items, left_out = found(tmp_path)
    assert len(items) == 3
    assert ["broken.jpg" in one for one in left_out] == [True]
    clip, picture = items["night.mp4"], items["001.png"]
    assert (clip.kind, clip.camera, clip.width_px, clip.length_s) == (
        "clip",
        "hall",
        320,
        2.0,
    )
    assert (picture.kind, picture.camera, picture.height_px) == ("picture", "hall", 180)
    assert files([tmp_path]) == 5


def test_of_evidence_what_nothing_is_drawn_into(tmp_path: Path) -> None:
    [picture] = drawn(tmp_path / "drawn", 1)
    for name in (f"{EVENT}-1.jpg", f"{EVENT}-1-plain.jpg"):
        (tmp_path / name).write_bytes(picture.read_bytes())
    film(tmp_path / f"{EVENT}.mp4", (), 1.0)
    picture.unlink()
    items, left_out = found(tmp_path)
    assert set(items) == {f"{EVENT}-1-plain.jpg", f"{EVENT}.mp4"}
    assert [one for one in left_out if "drawn into it" in one]
    for one in items.values():
        told = (one.source, one.event_id, one.occurred_at)
        assert told == ("evidence", EVENT, "2026-11-20T17:45:12.345Z")


def test_false_alarms_of_the_desk_come_with_what_it_knows(tmp_path: Path) -> None:
    clip = film(tmp_path / "clip.mp4", (), 1.0)
    [picture] = drawn(tmp_path / "seen", 1)
    negatives = HardNegatives(tmp_path / "kept", keep_days=36_500)
    event = replace(an_event(camera="Süd 3"), occurred_at=BEGAN + timedelta(days=1))
    assert negatives.follow(event, a_state(event), picture, clip)
    items, _ = found(tmp_path / "kept")
    [one] = items.values()
    assert (one.source, one.camera, one.site) == ("desk", "Süd 3", event.site)
    assert (one.event_id, one.said, one.note) == (event.event_id, event.label, "a heap of clothes")


def test_the_book_takes_what_is_new(tmp_path: Path) -> None:
    drawn(tmp_path / "pictures", 3)
    told: list[Item | str] = []
    with Book.open(tmp_path / "labels") as book:
        assert screen.add(book, [tmp_path / "pictures"], told.append) == 3
        drawn(tmp_path / "pictures", 4)
        told.clear()
        assert screen.add(book, [tmp_path / "pictures"], told.append) == 1
        assert [one.path.name for one in told if not isinstance(one, str)] == ["003.png"]
        assert screen.add(book, [], told.append) == 0


def test_nothing_to_label_is_said(tmp_path: Path) -> None:
    with Book.open(tmp_path / "labels") as book:
        with pytest.raises(NothingToLabel, match="neither picture nor clip"):
            screen.add(book, [tmp_path], print)
        with pytest.raises(NothingToLabel, match="is not there"):
            screen.add(book, [tmp_path / "none"], print)


def test_clips_of_a_folder_are_of_one_camera(tmp_path: Path) -> None:
    for name in ("hall/morning.mp4", "hall/evening.mp4", "alone.mp4"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        film(tmp_path / name, (), 1.0)
    items, _ = found(tmp_path)
    cameras = {name: one.camera for name, one in items.items()}
    assert cameras == {"morning.mp4": "hall", "evening.mp4": "hall", "alone.mp4": "alone"}


def test_what_would_end_the_program_is_left_out_in_words(tmp_path: Path) -> None:
    [fine] = drawn(tmp_path, 1)
    (tmp_path / "huge.png").write_bytes(_png(60_000, 60_000))
    # A name in EUC-KR, as archives from elsewhere unpack it: OpenCV 5 ends the program at it.
    os.link(fine, os.fsencode(tmp_path) + b"/\xb0\xa1\xb3\xaa.png")
    cv2.imwrite(str(tmp_path / "other.png"), np.zeros((20, 20, 3), np.uint8))
    items, left_out = found(tmp_path)
    assert set(items) == {fine.name, "other.png"}
    assert any("huge.png: has too many pixels" in one for one in left_out)
    assert any("its name is not UTF-8" in one for one in left_out)
    for one in left_out:
        one.encode("utf-8")  # it can be printed


def _png(width_px: int, height_px: int) -> bytes:
    """A few bytes that claim to be a picture of that size."""

    def part(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    parts = (b"IHDR", head), (b"IDAT", zlib.compress(b"0" * 100)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(part(*one) for one in parts)
