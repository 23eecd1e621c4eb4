from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import SourceLost
from edge.sources.sampling import NS
from edge.sources.timeline import Timeline

STEP_NS = 40_000_000


def live() -> Timeline:
    return Timeline(live=True, step_ns=STEP_NS)


def test_counts_from_the_first_picture() -> None:
    timeline = live()
    assert [timeline.picture_ns(n * NS) for n in (100, 101, 103)] == [0, NS, 3 * NS]
    assert timeline.packet_shift_ns(100 * NS) == -100 * NS


@given(st.lists(st.one_of(st.none(), st.integers(0, 30 * NS)), min_size=1, max_size=50))
def test_a_recordings_time_always_goes_forward(stamps: list[int | None]) -> None:
    timeline = Timeline(live=False, step_ns=STEP_NS)
    times = [timeline.picture_ns(stamp) for stamp in stamps]
    assert times[0] == 0
    assert all(later > earlier for earlier, later in itertools.pairwise(times))


def test_small_disorder_of_a_live_clock_is_smoothed() -> None:
    timeline = live()
    times = [timeline.picture_ns(ms * 1_000_000) for ms in (0, 200, 200, 150, 400)]
    assert times == [0, 200_000_000, 200_000_001, 200_000_002, 400_000_000]


@pytest.mark.parametrize(
    ("to_s", "words"), [(20.0, "jumped forward by 15.0 s"), (2.0, "jumped back by 3.0 s")]
)
def test_a_live_clock_that_jumps_ends_the_connection(to_s: float, words: str) -> None:
    timeline = live()
    timeline.picture_ns(0)
    timeline.picture_ns(5 * NS)
    with pytest.raises(SourceLost, match=f"stream clock {words}"):
        timeline.picture_ns(int(to_s * NS))


def test_a_recording_is_carried_on_over_a_jump() -> None:
    timeline = Timeline(live=False, step_ns=STEP_NS)
    times = [timeline.picture_ns(s * NS) for s in (50, 51, 3, 4)]
    assert times == [0, NS, NS + STEP_NS, 2 * NS + STEP_NS]


def test_a_recording_may_pause_for_a_minute() -> None:
    timeline = Timeline(live=False, step_ns=STEP_NS)
    assert [timeline.picture_ns(s * NS) for s in (0, 60)] == [0, 60 * NS]


def test_missing_stamps_step_on() -> None:
    timeline = live()
    assert [timeline.picture_ns(None) for _ in range(3)] == [0, STEP_NS, 2 * STEP_NS]


def test_a_loop_goes_on_after_what_was_held() -> None:
    timeline = Timeline(live=False, step_ns=STEP_NS)
    timeline.picture_ns(0)
    timeline.picture_ns(NS)
    timeline.restart(after_ns=3 * NS)
    assert [timeline.picture_ns(s * NS) for s in (0, 1)] == [3 * NS + STEP_NS, 4 * NS + STEP_NS]
