from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.sources.sampling import NS, Sampler, fit_inside

side = st.integers(1, 8000)


@given(side, side, side, side)
def test_a_fitted_size_stays_inside_touches_the_fit_and_keeps_its_shape(
    width: int, height: int, fit_w: int, fit_h: int
) -> None:
    small_w, small_h = fit_inside((width, height), (fit_w, fit_h))
    assert 1 <= small_w <= fit_w
    assert 1 <= small_h <= fit_h
    assert small_w == fit_w or small_h == fit_h
    # The shape is kept to within half a pixel, or the one pixel there must be.
    assert abs(small_h - small_w * height / width) <= 0.5 + 0.5 * height / width or 1 in (
        small_w,
        small_h,
    )


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1920, 1080), (640, 360)),
        ((640, 480), (512, 384)),
        ((1080, 1920), (216, 384)),
        ((320, 180), (640, 360)),
        ((333, 77), (640, 148)),
    ],
)
def test_usual_sizes(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert fit_inside(size, (640, 384)) == expected


def test_wide_pixels_are_made_square() -> None:
    assert fit_inside((704, 288), (640, 384), Fraction(6, 11)) == (512, 384)


@pytest.mark.parametrize("bad", [((0, 10), (10, 10)), ((10, 10), (10, 0))])
def test_sizes_must_be_positive(bad: tuple[tuple[int, int], tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="positive"):
        fit_inside(*bad)


def test_a_rate_must_be_positive() -> None:
    with pytest.raises(ValueError, match="sample_fps"):
        Sampler(0)


@pytest.mark.parametrize("source_fps", [10, 12, 15, 25, 29.97, 30])
@pytest.mark.parametrize("sample_fps", [1, 3, 5, 7.5])
def test_a_steady_stream_is_sampled_at_the_rate_asked_for(
    source_fps: float, sample_fps: float
) -> None:
    sampler = Sampler(sample_fps)
    taken = [n for n in range(round(source_fps * 60)) if sampler.take(int(n * NS / source_fps))]
    assert taken[0] == 0
    assert abs(len(taken) - 60 * sample_fps) <= 1


@pytest.mark.parametrize(("source_fps", "every"), [(15, 3), (30, 6), (25, 5), (10, 2)])
def test_whole_ratios_take_every_nth(source_fps: int, every: int) -> None:
    for grain_ns in (1, 1_000_000):  # containers that count in milliseconds, too
        sampler = Sampler(5)
        times = (n * NS // source_fps // grain_ns * grain_ns for n in range(60))
        taken = [number for number, at_ns in enumerate(times) if sampler.take(at_ns)]
        assert taken == list(range(0, 60, every))


@given(st.lists(st.integers(1, 2 * NS), min_size=1, max_size=60), st.integers(0, NS))
def test_never_two_in_one_tick_and_never_an_empty_tick_where_there_was_a_picture(
    gaps_ns: list[int], start_ns: int
) -> None:
    sampler = Sampler(5)
    at_ns, first, ticks_taken, ticks_seen = start_ns, start_ns, [], set()
    for gap_ns in [0, *gaps_ns]:
        at_ns += gap_ns
        tick = (at_ns - first + 1_000_000) * 5 // NS
        ticks_seen.add(tick)
        if sampler.take(at_ns):
            ticks_taken.append(tick)
    assert ticks_taken == sorted(ticks_seen)


def test_the_following_tick_is_taken() -> None:
    sampler = Sampler(3)
    sampler.take(5)
    for _ in range(20):
        assert sampler.take(sampler.following_ns())
