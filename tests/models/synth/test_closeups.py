"""Close-ups of people and things: what shows, where, and in which state."""

from __future__ import annotations

import numpy as np
import pytest

from tests.models.synth import needs

needs.renderer()

from edge.core.types import Box  # noqa: E402 - imports MuJoCo
from models.synth.closeup_size import SIDE  # noqa: E402 - imports MuJoCo
from models.synth.closeups import KINDS, CloseUp, close_ups  # noqa: E402 - imports MuJoCo
from models.synth.plane import look_at  # noqa: E402 - imports MuJoCo
from models.synth.room import draw_room  # noqa: E402 - imports MuJoCo
from models.synth.seeds import rng_of  # noqa: E402 - imports MuJoCo
from models.synth.stage import WHOLE, Stage  # noqa: E402 - imports MuJoCo

FAINT, LOOKS_UNDER = KINDS.index("faint"), KINDS.index("look_under")


@pytest.fixture(scope="module")
def fainted() -> list[CloseUp]:
    return list(close_ups(FAINT))


def test_who_fell_is_shown_down_and_things_as_nobody(fainted: list[CloseUp]) -> None:
    states = [one.state for one in fainted]
    assert states.count("down") >= 5  # five cameras
    assert None in states
    assert {one.kind for one in fainted} == {"faint"}


def test_a_close_up_shows_all_of_whom_it_is_about(fainted: list[CloseUp]) -> None:
    for one in fainted:
        assert one.rgb.shape == (SIDE, SIDE, 3)
        assert one.rgb.std() > 1
        x, y, w, h = one.box
        assert min(x, y) >= 0
        assert max(x + w, y + h) <= 1
        assert 0.1 < max(w, h) < 0.8


def test_the_same_number_is_the_same_scene(fainted: list[CloseUp]) -> None:
    first = next(close_ups(FAINT))
    assert (first.rgb == fainted[0].rgb).all()
    assert first.box == fainted[0].box


def test_who_looks_under_something_is_not_down() -> None:
    states = {one.state for one in close_ups(LOOKS_UNDER)}
    assert "low" in states
    assert "down" not in states


def test_a_part_is_what_a_cut_of_the_whole_would_be() -> None:
    """The lower right quarter of a view, drawn alone, is that quarter of the view."""
    room = draw_room(rng_of(100_000, 1))
    eye = look_at((0.45 * room.width_m, 0.45 * room.depth_m, 2.4), (0.0, 0.0, 0.3), 60.0)
    with Stage(room, [], eye, size=(320, 180), rng=rng_of(100_000, 2), samples=0) as stage:
        stage.fewer_shadows(0)
        whole, _ = stage.picture([])
    with Stage(room, [], eye, size=(160, 90), rng=rng_of(100_000, 2), samples=0) as stage:
        stage.fewer_shadows(0)
        stage.zoom(Box(0.5, 0.5, 0.5, 0.5))
        part, _ = stage.picture([])
        stage.zoom(WHOLE)
        again, _ = stage.picture([])
    apart = np.abs(part.astype(int) - whole[90:, 160:].astype(int)).mean()
    assert apart < 2
    assert np.abs(again.astype(int) - part.astype(int)).mean() > 5 * apart
