from __future__ import annotations

import numpy as np

from models import augment
from models.cutout import DOWN, UPRIGHT, lay
from models.labels import Labelled


def test_boxes_and_puddles_follow_the_picture() -> None:
    picture = np.full((360, 640, 3), 20, np.uint8)
    picture[100:200, 300:460] = 220
    person = Labelled(380 / 640, 150 / 360, 160 / 640, 100 / 360, DOWN)
    liquid = (picture[..., 0] > 100).astype(np.uint8) * 255
    seen = 0
    for seed in range(30):
        rng = np.random.default_rng(seed)
        view = augment.view(picture, (person,), liquid, 256, rng)
        for cx, cy, w, h, state in view.people:
            assert state == DOWN
            x0, y0 = int(cx - w / 4), int(cy - h / 4)
            inner = view.rgb[y0 : y0 + max(1, int(h / 2)), x0 : x0 + max(1, int(w / 2))]
            assert inner.mean() > view.rgb.mean() - 1  # the bright patch is where the box says
            assert view.spill[int(cy // 8), int(cx // 8)] > 0.5
            seen += 1
    assert seen > 15


def test_somebody_mostly_outside_the_crop_is_nobody() -> None:
    box = np.array([[-10.0, 50.0, 40.0, 40.0, 0.0]], np.float32)
    still = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    assert len(augment._moved(box, still, 100)) == 0


def test_a_cut_out_lies_where_its_label_says() -> None:
    figure = np.zeros((120, 40, 4), np.uint8)
    figure[..., 0], figure[..., 3] = 255, 255
    room = np.full((384, 640, 3), 60, np.uint8)
    floor = ((0.1, 0.6, 0.9, 0.6, 0.9, 0.95, 0.1, 0.95),)
    laid_down = 0
    for seed in range(20):
        laid = lay(room, figure, DOWN, floor, np.random.default_rng(seed))
        if laid is None:
            continue
        laid_down += 1
        red = laid.rgb[..., 0].astype(int) - laid.rgb[..., 1] > 60
        rows, columns = np.nonzero(red)
        p = laid.person
        assert p.state == DOWN
        assert columns.min() >= (p.cx - p.w / 2) * 640 - 3
        assert columns.max() <= (p.cx + p.w / 2) * 640 + 3
        assert rows.min() >= (p.cy - p.h / 2) * 384 - 3
        assert rows.max() <= (p.cy + p.h / 2) * 384 + 3
    assert laid_down >= 10


def test_standing_cut_outs_stay_tall() -> None:
    figure = np.full((120, 40, 4), 255, np.uint8)
    room = np.full((384, 640, 3), 60, np.uint8)
    made = [lay(room, figure, UPRIGHT, (), np.random.default_rng(s)) for s in range(20)]
    tall = [m.person.h * 384 > m.person.w * 640 for m in made if m is not None]
    assert len(tall) > 5
    assert all(tall)
