"""A camera's time: the stream's own differences, on our clock, never back."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.anchor import Anchor
from tests.edge.frames import NS

MS = 1_000_000
# (step of the stream's clock, delay between stream and arrival), both in ms
network = st.lists(st.tuples(st.integers(1, 500), st.integers(0, 1400)), min_size=1, max_size=60)
# anything at all: a stream's clock that leaps, arrivals that stall, new connections
chaos = st.lists(
    st.tuples(st.integers(1, 20_000), st.integers(0, 20_000), st.booleans()),
    min_size=1, max_size=60,
)  # fmt: skip


@given(network, st.integers(10**9, 10**15))
def test_within_a_connection_differences_are_the_streams_own(
    steps: list[tuple[int, int]], began_ns: int
) -> None:
    anchor, pts_ns = Anchor(), 0
    at, pts = [anchor.at_ns(0, began_ns)], [0]  # none of the others is under way for less time
    for step_ms, delay_ms in steps:
        pts_ns += step_ms * MS
        at.append(anchor.at_ns(pts_ns, began_ns + pts_ns + delay_ms * MS))
        pts.append(pts_ns)
    assert anchor.jumps == 0
    assert [b - a for a, b in pairwise(at)] == [b - a for a, b in pairwise(pts)]


@given(chaos)
def test_it_never_steps_back_and_never_stands(steps: list[tuple[int, int, bool]]) -> None:
    anchor, pts_ns, arrival_ns, before_ns = Anchor(), 0, 0, -1
    for step_ms, waited_ms, connects in steps:
        if connects:
            anchor.connected()
            pts_ns = 0
        pts_ns += step_ms * MS
        arrival_ns += waited_ms * MS
        at_ns = anchor.at_ns(pts_ns, arrival_ns)
        assert at_ns > before_ns
        before_ns = at_ns


@given(chaos)
def test_it_stays_near_our_clock(steps: list[tuple[int, int, bool]]) -> None:
    anchor, pts_ns, arrival_ns = Anchor(), 0, 0
    for count, (step_ms, waited_ms, _) in enumerate(steps, 1):
        pts_ns += step_ms * MS
        arrival_ns += waited_ms * MS
        at_ns = anchor.at_ns(pts_ns, arrival_ns)
        assert at_ns <= arrival_ns + count * MS  # never from the future, but for never standing
        assert at_ns >= arrival_ns - 1500 * MS


@pytest.mark.parametrize(("rate", "jumps"), [(0.9, range(4, 9)), (1.1, range(1))])
def test_a_clock_that_runs_away_is_anchored_anew(rate: float, jumps: range) -> None:
    anchor = Anchor()
    for number in range(600):  # a minute and a half at 0.15 s
        arrival_ns = 7 * NS + number * 150 * MS
        at_ns = anchor.at_ns(int(number * 150 * MS * rate), arrival_ns)
        assert arrival_ns - 1.6 * NS <= at_ns <= arrival_ns
    assert anchor.jumps in jumps


def test_a_first_picture_that_came_late_does_not_leave_time_ahead() -> None:
    anchor = Anchor()
    assert anchor.at_ns(0, 102 * NS) == 102 * NS
    assert anchor.at_ns(2 * NS, int(102.6 * NS)) == int(102.6 * NS)
    assert anchor.at_ns(3 * NS, int(103.8 * NS)) == int(103.6 * NS)
    assert anchor.jumps == 0


def test_a_leap_of_the_streams_clock_is_taken_out() -> None:
    anchor = Anchor()
    before_ns = anchor.at_ns(0, 100 * NS)
    after_ns = anchor.at_ns(3600 * NS, 101 * NS)
    assert (before_ns, after_ns, anchor.jumps) == (100 * NS, 101 * NS, 1)
    assert anchor.at_ns(3601 * NS, int(102.7 * NS)) == 102 * NS


def test_a_new_connection_counts_from_its_own_zero() -> None:
    anchor = Anchor()
    assert anchor.at_ns(50 * NS, 100 * NS) == 100 * NS
    anchor.connected()
    assert anchor.at_ns(0, 107 * NS) == 107 * NS
    assert anchor.at_ns(2 * NS, 110 * NS) == 109 * NS
    assert anchor.jumps == 0
