from __future__ import annotations

import numpy as np

from models import augment, hidden
from models.crop import View, people_in
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


def test_of_somebody_mostly_outside_the_crop_nothing_is_learnt() -> None:
    box = np.array([[-10.0, 48.0, 52.0, 32.0, 0.0], [-30.0, 50.0, 20.0, 20.0, 0.0]], np.float32)
    inside, partly = people_in(box, 96)
    assert len(inside) == 0
    assert partly.tolist() == [[8, 48, 16, 32, 0]]
    cells = np.ones((12, 12), np.float32)
    view = View(np.zeros((96, 96, 3), np.uint8), inside, cells * 0, cells).without(partly)
    assert (view.sure[4:8, :2] == -1).all()
    assert view.sure.sum() == 144 - 2 * 8


def test_a_picture_ends_in_the_middle_of_somebody() -> None:
    """Whatever edge it is, box and pixels are cut alike, and beyond it nothing is sure."""
    rgb = np.zeros((320, 320, 3), np.uint8)
    rgb[180:260, 100:260] = 255
    lying = np.array([[180, 220, 160, 80, DOWN]], np.float32)
    cells = np.ones((40, 40), np.float32)
    rng = np.random.default_rng(0)
    sides = set()
    for _ in range(60):
        view = hidden.cut(View(rgb, lying, cells, cells), rng)
        if not len(view.people):
            assert (view.sure == -1).any()
            continue
        cx, cy, w, h, state = view.people[0]
        assert state == DOWN
        white = np.argwhere(view.rgb[..., 0] == 255)
        (top, left), (bottom, right) = white.min(0), white.max(0) + 1
        assert np.allclose(
            [left, top, right, bottom], [cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2]
        )
        padding = view.rgb[4::8, 4::8, 0] == 114
        assert (view.sure[padding] == 0).all()
        assert (view.spill == ~padding).all()
        sides.add((w < 160, h < 80))
    assert sides == {(True, False), (False, True)}


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


def test_a_standing_person_turned_on_their_side_lies() -> None:
    picture = np.full((384, 640, 3), 90, np.uint8)
    picture[80:300, 280:340] = 230
    person = Labelled(310 / 640, 190 / 384, 60 / 640, 220 / 384, UPRIGHT)
    lying = 0
    for seed in range(200):
        view = augment.view(picture, (person,), None, 256, np.random.default_rng(seed))
        for _, _, w, h, state in view.people:
            assert state in (UPRIGHT, DOWN)
            lying += int(state == DOWN)
            if state == UPRIGHT and min(w, h) > 20:
                assert h > 0.8 * w
    assert 5 < lying < 40


def test_whoever_may_lie_already_is_not_turned() -> None:
    picture = np.full((384, 640, 3), 90, np.uint8)
    two = (Labelled(0.3, 0.5, 0.1, 0.4, UPRIGHT), Labelled(0.7, 0.8, 0.3, 0.1, DOWN))
    for seed in range(100):
        view = augment.view(picture, two, None, 256, np.random.default_rng(seed))
        assert {int(state) for state in view.people[:, 4]} <= {UPRIGHT, DOWN}
        assert all(h > 0.7 * w for _, _, w, h, state in view.people if state == UPRIGHT)


def test_what_is_hidden_is_cut_from_the_box_and_is_no_liquid() -> None:
    rng = np.random.default_rng(5)
    people = np.array([[128, 128, 60, 120, UPRIGHT]], np.float32)
    noise = rng.integers(0, 255, (256, 256, 3)).astype(np.uint8)
    before = View(noise, people, np.ones((32, 32), np.float32), np.ones((32, 32), np.float32))
    for _ in range(40):
        after = hidden.hide(before, rng)
        assert (after.people[0, 2:4] <= people[0, 2:4] + 1e-3).all()
        assert after.people[0, 2] * after.people[0, 3] >= 0.49 * 60 * 120
        changed = (after.rgb != before.rgb).any()
        assert changed == bool((after.spill < 1).any())
    assert (before.people == people).all()


def test_a_mosaic_keeps_each_view_in_its_quarter() -> None:
    def one(value: int, sure: float) -> View:
        cells = np.full((8, 8), sure, np.float32)
        person = np.array([[32, 40, 10, 20, value]], np.float32)
        return View(np.full((64, 64, 3), value, np.uint8), person, cells * 0.5, cells)

    whole = augment.mosaic([one(0, 0), one(1, 1), one(2, 0), one(3, 1)])
    assert whole.rgb.shape == (128, 128, 3)
    assert whole.sure.shape == whole.spill.shape == (16, 16)
    for cx, cy, _, _, state in whole.people:
        assert whole.rgb[int(cy), int(cx), 0] == state
        assert whole.sure[int(cy) // 8, int(cx) // 8] == state % 2
