from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.errors import SourceLost
from edge.sources.sampling import NS, Sampler
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


Beat = tuple[float, float]  # seconds by the stream's clock, seconds of arrival


def beats(rate: float, fps: float, seconds: float, after: Beat = (0.0, 0.0)) -> list[Beat]:
    """Pictures that come steadily while the stream's clock goes `rate` times as fast."""
    return [
        (after[0] + rate * n / fps, after[1] + n / fps) for n in range(1, int(seconds * fps) + 1)
    ]


def sampled(timeline: Timeline, played: list[Beat], fps: float = 5) -> list[tuple[float, float]]:
    """When pictures are taken: by the time line, by arrival."""
    sampler, taken = Sampler(fps), []
    for stream_s, arrived_s in played:
        at_ns = timeline.picture_ns(int(stream_s * NS), int(arrived_s * NS))
        if sampler.take(at_ns):
            taken.append((at_ns / NS, arrived_s))
    return taken


@pytest.mark.parametrize("fps", [1, 12, 25])
@pytest.mark.parametrize("rate", [0.0, 0.05, 6.0])
def test_a_live_clock_that_goes_wrong_gives_way_to_arrival(rate: float, fps: float) -> None:
    timeline = live()
    good = beats(1, fps, 10)
    taken = sampled(timeline, good + beats(rate, fps, 60, after=good[-1]))
    assert timeline.stalls == 1
    wrong_s = next(b for a, b in itertools.pairwise(s for _, s in taken) if b > 10)
    assert wrong_s < 13.5
    late = [(told_s, came_s) for told_s, came_s in taken if came_s > 20]
    assert len(late) == pytest.approx(50 * min(5, fps), abs=2)
    assert late[-1][0] - late[0][0] == pytest.approx(late[-1][1] - late[0][1], abs=0.01)
    times = [told_s for told_s, _ in taken]
    assert times == sorted(set(times))


@pytest.mark.parametrize(
    "played",
    [
        beats(1, 12, 60),
        beats(0.97, 12, 60),
        beats(1.1, 1, 60),
        beats(1, 0.4, 100),
        [(10.0 * n / 250, 0.001 * n) for n in range(250)] + beats(1, 25, 20, (10, 0.25)),
        [*beats(1, 12, 5), *[(5 + n / 12, 13.0) for n in range(96)], *beats(1, 12, 9, (13, 13))],
        [(s, a + 3.0 * (a > 5)) for s, a in beats(1, 12, 30)],
        [
            *beats(1, 12, 9),
            *[(9 + n / 12, 9.0 + n) for n in (1, 2, 3)],
            *[(9.25 + n / 12, 12.01 + n / 1000) for n in range(1, 34)],
            *beats(1, 12, 9, (12, 12.1)),
        ],
    ],
    ids=[
        "steady",
        "slow",
        "1 a second",
        "rare",
        "a burst at first",
        "a silence of 8 s",
        "late",
        "a trickle",
    ],
)
def test_a_live_clock_that_goes_well_is_believed(played: list[Beat]) -> None:
    timeline = live()
    sampled(timeline, played)
    assert timeline.stalls == 0


def test_packets_stay_on_the_line_of_the_pictures_when_the_clock_is_given_up() -> None:
    timeline = live()
    good = beats(1, 10, 5)
    still = beats(0, 10, 5, after=good[-1])
    for stream_s, arrived_s in good + still:
        at_ns = timeline.picture_ns(int(stream_s * NS), int(arrived_s * NS))
    stream_s, arrived_s = still[-1]
    shift_ns = timeline.packet_shift_ns(int(stream_s * NS), int(arrived_s * NS))
    assert int(stream_s * NS) + shift_ns == at_ns
    assert at_ns == pytest.approx(9.9 * NS, abs=0.2 * NS)
