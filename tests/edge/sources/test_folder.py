from __future__ import annotations

from pathlib import Path
from threading import Event

import cv2
import numpy as np
import pytest

from edge.errors import BadClip
from edge.ports import Picture
from edge.sources.folder import FolderSource

FIT = (64, 48)


def picture(path: Path, shade: int, size: tuple[int, int] = (40, 30)) -> None:
    assert cv2.imwrite(str(path), np.full((size[1], size[0], 3), shade, np.uint8))


def taken(path: Path, sample_fps: float = 5, **more: float) -> tuple[list[Picture], FolderSource]:
    with FolderSource(path, fit=FIT, sample_fps=sample_fps, folder_fps=5, **more) as source:  # type: ignore[arg-type]  # only floats are passed
        return list(source.pictures(Event())), source


def shades(pictures: list[Picture]) -> list[int]:
    return [round(float(one.rgb.mean())) for one in pictures]


def test_pictures_come_in_the_order_people_count(tmp_path: Path) -> None:
    for number in (10, 9, 2, 1, 100):
        picture(tmp_path / f"Frame {number}.PNG", number)
    (tmp_path / "notes.txt").write_text("no picture")
    pictures, source = taken(tmp_path)
    assert shades(pictures) == [1, 2, 9, 10, 100]
    assert [one.pts_ns for one in pictures] == [n * 200_000_000 for n in range(5)]
    assert source.info.codec == ""
    assert (source.info.width, source.info.height, source.info.fps) == (40, 30, 5)


def test_pictures_are_sampled(tmp_path: Path) -> None:
    for number in range(10):
        picture(tmp_path / f"{number}.png", number)
    assert shades(taken(tmp_path, sample_fps=1)[0]) == [0, 5]


def test_broken_pictures_are_counted_and_leave_a_gap(tmp_path: Path) -> None:
    (tmp_path / "0.jpg").write_bytes(b"broken")
    for number in (1, 3):
        picture(tmp_path / f"{number}.png", number)
    (tmp_path / "2.png").touch()
    pictures, source = taken(tmp_path)
    assert shades(pictures) == [1, 3]
    assert [one.pts_ns for one in pictures] == [0, 400_000_000]
    assert source.skipped == 2


def test_a_single_picture_can_be_held(tmp_path: Path) -> None:
    picture(tmp_path / "one.bmp", 77, (300, 100))
    pictures, _ = taken(tmp_path / "one.bmp", hold_last_s=1)
    assert shades(pictures) == [77] * 6
    assert pictures[-1].pts_ns == 1_000_000_000
    assert pictures[0].rgb.shape == (21, 64, 3)
    assert pictures[0].full().shape == (100, 300, 3)


def test_colours_are_rgb(tmp_path: Path) -> None:
    blue_first = np.zeros((30, 40, 3), np.uint8)
    blue_first[:, :, 0] = 255
    assert cv2.imwrite(str(tmp_path / "blue.png"), blue_first)
    rgb = taken(tmp_path)[0][0].rgb
    assert rgb[10, 10].tolist() == [0, 0, 255]


def test_no_pictures_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadClip, match="no pictures in this folder"):
        taken(tmp_path)
    with pytest.raises(BadClip, match="no such file or folder"):
        taken(tmp_path / "missing")
    (tmp_path / "0.jpg").write_bytes(b"broken")
    with pytest.raises(BadClip, match="none of its 1 pictures"):
        taken(tmp_path)
