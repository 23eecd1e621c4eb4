"""Rendered episodes: the same per seed, boxes around who is seen, states that are so."""

from __future__ import annotations

import numpy as np
import pytest

from tests.models.synth import needs

needs.renderer()

from models.synth.episode import RenderedFrame, render_episode, shot_of  # noqa: E402 - imports MuJoCo
from models.synth.script import Kind, came_out  # noqa: E402 - imports MuJoCo
from models.synth.seeds import DEMO_SEEDS, SeedReserved  # noqa: E402 - imports MuJoCo

SMALL = (320, 180)


def frames(seed: int, kind: Kind, fps: float, seconds: float = 6.0) -> list[RenderedFrame]:
    return list(render_episode(seed, kind, fps=fps, size=SMALL, seconds=seconds))


def test_same_seed_same_frames() -> None:
    first, second = (frames(7, "fall", 0.35) for _ in range(2))
    assert len(first) == len(second) == 2
    for one, other in zip(first, second, strict=True):
        assert (one.rgb == other.rgb).all()
        assert one.people == other.people


def test_other_seed_other_room() -> None:
    one, other = (frames(seed, "empty", 0.1, 12.0)[0] for seed in (1, 2))
    assert (one.rgb != other.rgb).mean() > 0.5
    assert not one.people


def test_frames_are_as_promised() -> None:
    seen = 0
    for seed in range(3):
        for frame in frames(seed, "walk", 0.34):
            assert frame.rgb.shape == (180, 320, 3)
            assert frame.rgb.dtype == np.uint8
            assert frame.floor.shape == (180, 320)
            for person in frame.people:
                x, y, w, h = person.box
                assert 0 <= x < x + w <= 1
                assert 0 <= y < y + h <= 1
                assert min(w * 320, h * 180) >= 12
                seen += 1
    assert seen


def test_box_is_around_who_moved() -> None:
    """Where two frames of the same still camera differ most, there someone is or was."""
    for seed in range(20):
        shot = shot_of(seed, "walk", 3.0)
        if len(shot.actors) == 1 and not shot.room.grey:
            break
    pair = list(render_episode(seed, "walk", fps=0.5, size=SMALL, seconds=4.0, look=False))
    changed = np.abs(pair[0].rgb.astype(int) - pair[1].rgb).max(axis=2) > 60
    inside = np.zeros_like(changed)
    for frame in pair:
        for person in frame.people:
            x, y, w, h = person.box
            left, top = round(x * 320), round(y * 180)
            inside[top : round((y + h) * 180), left : round((x + w) * 320)] = True
    assert changed.sum() > 20
    assert (changed & inside).sum() > 0.6 * changed.sum()


@pytest.mark.parametrize("kind", ["fall", "faint", "slide_from_chair", "lie_still"])
def test_who_falls_ends_down(kind: Kind) -> None:
    for seed in range(3):
        assert came_out(shot_of(seed, kind, 8.0).actors[0], kind)


def test_nobody_is_down_while_walking() -> None:
    for seed in range(3):
        states = {p.state for frame in frames(seed, "walk", 1.0, 5.0) for p in frame.people[:1]}
        assert "down" not in states


def test_bed_is_not_down() -> None:
    shot = shot_of(4, "lie_on_bed", 6.0)
    assert came_out(shot.actors[0], "lie_on_bed")


def test_demo_seeds_are_refused() -> None:
    with pytest.raises(SeedReserved):
        render_episode(DEMO_SEEDS[0], "fall", fps=1)
