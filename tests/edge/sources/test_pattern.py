from __future__ import annotations

from threading import Event

import numpy as np
import pytest

from edge.core.types import Box
from edge.errors import BadClip
from edge.sources.pattern import COLOURS, PATTERNS, Mark, PatternSource, draw, pattern_named


def test_marks_are_drawn_where_and_when_they_are() -> None:
    marks = (Mark("down", Box(0.25, 0.5, 0.5, 0.25), 1, 2),)
    assert not is_marked(draw(marks, 0.9, (80, 40))).any()
    assert not is_marked(draw(marks, 2.0, (80, 40))).any()
    expected = np.zeros((40, 80), bool)
    expected[20:30, 20:60] = True
    assert np.array_equal(is_marked(draw(marks, 1.0, (80, 40))), expected)


def is_marked(
    rgb: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.asarray((rgb == COLOURS["down"]).all(axis=2))


def test_the_room_is_grey_textured_and_always_the_same() -> None:
    room = draw((), 0, (64, 36))
    assert (room[:, :, 0] == room[:, :, 1]).all()
    assert (room[:, :, 0] == room[:, :, 2]).all()
    assert room.std() > 5
    assert np.array_equal(room, draw((), 5, (64, 36)))
    room[:] = 0  # whoever draws gets a room of their own
    assert draw((), 0, (64, 36)).any()


@pytest.mark.parametrize("name", PATTERNS)
def test_named_patterns_play(name: str) -> None:
    script = pattern_named(name)
    with PatternSource(script, fit=(160, 96), sample_fps=1) as source:
        pictures = list(source.pictures(Event()))
    assert len(pictures) == script.duration_s
    assert pictures[0].rgb.shape == (90, 160, 3)


def test_an_unknown_name_is_told_the_known_ones() -> None:
    with pytest.raises(BadClip, match=r"pattern:fire: no such pattern; there are .*collapse"):
        pattern_named("fire")
