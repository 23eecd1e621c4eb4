"""Who was seen when: a second around counts, and where nobody looked nobody can say."""

from __future__ import annotations

from edge.core.types import Box
from edge.sightings import Sightings
from tests.edge.frames import NS
from tests.support import scenes

LEFT, RIGHT = Box(0.1, 0.2, 0.1, 0.4), Box(0.7, 0.2, 0.1, 0.4)


def seen(*looks: tuple[float, Box | None], keep_s: float = 60) -> Sightings:
    sightings = Sightings(keep_s)
    for at_s, box in looks:
        people = () if box is None else (scenes.upright(box),)
        sightings.add("hall", scenes.scores(at_s, people))
    return sightings


def at(sightings: Sightings, at_s: float, aspect: float | None = None) -> tuple[Box, ...] | None:
    at_ns = round(at_s * NS)
    return sightings.track("hall", at_ns, at_ns).around(at_ns, aspect)


def test_who_was_missed_here_was_seen_shortly_before_or_after() -> None:
    sightings = seen((9.2, LEFT), (9.6, None), (10.0, None), (10.4, None), (10.8, RIGHT))
    assert at(sightings, 10.0) == (LEFT, RIGHT)
    assert at(sightings, 10.5) == (RIGHT,)
    assert at(sightings, 9.2) == (LEFT,)


def test_where_nobody_looked_nobody_can_say() -> None:
    sightings = seen((10.0, LEFT), (13.0, None))
    assert at(sightings, 10.0) == (LEFT,)
    assert at(sightings, 10.1) is None  # somebody may have come in since
    assert at(sightings, 12.9) is None  # or have been here until then
    assert at(sightings, 13.0) == ()
    assert at(Sightings(60), 10.0) is None


def test_a_picture_of_another_shape_may_show_another_view() -> None:
    sightings = seen((10.0, LEFT))
    assert at(sightings, 10.0, aspect=704 / 396) == (LEFT,)
    assert at(sightings, 10.0, aspect=4 / 3) is None


def test_it_is_bounded_in_time_and_number_and_forgets_cameras_that_are_gone() -> None:
    sightings = seen(*((n / 5, LEFT) for n in range(500)), keep_s=10)
    kept = sightings.track("hall", 0, 10**15).sightings
    assert kept[0].at_ns == (99.8 - 10) * NS
    for number in range(5000):
        sightings.add("quick", scenes.scores(120 + number / 1000))
    assert len(sightings.track("quick", 0, 10**15).sightings) == 2048
    assert sightings.track("hall", 0, 10**15).sightings == ()


def test_a_track_reaches_a_second_beyond_its_stretch() -> None:
    sightings = seen(*((n / 2, LEFT) for n in range(40)))
    track = sightings.track("hall", 5 * NS, 8 * NS)
    assert [one.at_ns / NS for one in track.sightings] == [4 + n / 2 for n in range(11)]
