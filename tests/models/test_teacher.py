from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models import prepare
from models.teacher import TURNS, Teacher, overlap, turn_back


@pytest.mark.parametrize("turn", TURNS)
def test_a_box_in_a_turned_picture_is_turned_back(turn: int) -> None:
    picture = np.zeros((60, 100), np.uint8)
    picture[10:30, 40:85] = 1  # x 40, y 10, w 45, h 20
    rows, columns = np.nonzero(np.rot90(picture, turn))
    found = np.array(
        [[columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1]], np.float32
    )
    back = turn_back(found, turn, 100, 60)
    assert np.abs(back - [[40, 10, 45, 20]]).max() <= 1


def test_half_a_box_overlaps_by_a_third() -> None:
    shared = overlap(np.array([0, 0, 10, 10], np.float32), np.array([[5, 0, 10, 10]], np.float32))
    assert shared[0] == pytest.approx(1 / 3)


def test_someone_on_the_floor_is_surer_turned(data: Path) -> None:
    teacher = Teacher(data / "pretrained/yolox_nano_coco/yolox_nano_coco.onnx")
    clip = data / "falls/gmdcsa24/Subject 1/Fall/15.mp4"
    frames = list(prepare.read_clip(clip, 1.0))
    stands, lies = teacher.look(frames[0][1])[0], teacher.look(frames[-1][1])[0]
    assert stands.straight > stands.turned
    assert lies.turned > lies.straight
