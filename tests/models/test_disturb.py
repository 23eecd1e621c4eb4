"""Other cameras' looks keep shape and kind, and leave the scene where it is."""

from __future__ import annotations

import numpy as np

from models.disturb import disturb, stamp


def test_what_stands_somewhere_stays_there() -> None:
    picture = np.full((120, 160, 3), 60, np.uint8)
    picture[40:80, 60:110] = 200
    for seed in range(60):
        out = disturb(picture, np.random.default_rng(seed))
        assert out.shape == picture.shape
        assert out.dtype == np.uint8
        inside, outside = np.median(out[48:72, 68:102]), np.median(out[84:110, 20:140])
        assert inside > outside + 5


def test_the_same_draw_gives_the_same_picture() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (96, 96, 3)).astype(np.uint8)
    a, b = (disturb(picture, np.random.default_rng(7)) for _ in range(2))
    assert (a == b).all()
    assert any((disturb(picture, np.random.default_rng(s)) != a).any() for s in (8, 9))


def test_a_stamp_is_written_near_the_rim() -> None:
    picture = np.full((240, 320, 3), 100, np.uint8)
    for seed in range(20):
        written = (stamp(picture, np.random.default_rng(seed)) != picture).any(2)
        assert written.any()
        assert not written[60:180].any()
