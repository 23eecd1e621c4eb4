"""Schedules: against a table of all minutes of the week, and on the days clocks change."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.schedule import DAYS, MINUTES_OF_DAY, Window, active, minute_of_day

untimed = settings(deadline=None)  # the machine may be busy

VIENNA = ZoneInfo("Europe/Vienna")
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Vienna",
        "America/New_York",
        "Asia/Kathmandu",  # 5:45 ahead
        "Australia/Lord_Howe",  # half an hour of summer time
        "Pacific/Apia",  # 14 ahead
    )
]
EVERY_DAY = frozenset(range(7))

instants = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(timezone.utc))
minutes = st.integers(0, MINUTES_OF_DAY)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    start = draw(st.integers(0, MINUTES_OF_DAY - 1))
    end = draw(st.integers(1, MINUTES_OF_DAY).filter(lambda minute: minute != start))
    return Window(draw(st.frozensets(st.integers(0, 6), min_size=1)), start, end)


def minutes_of_the_week(window: Window) -> set[int]:
    """The same rule told another way: the window laid over a week that closes on itself."""
    length = (window.end_minute - window.start_minute) % MINUTES_OF_DAY or MINUTES_OF_DAY
    return {
        (day * MINUTES_OF_DAY + window.start_minute + offset) % (7 * MINUTES_OF_DAY)
        for day in window.days
        for offset in range(length)
    }


@untimed
@given(st.lists(windows(), min_size=1, max_size=3), instants, st.sampled_from(ZONES))
def test_the_wall_clock_decides(schedules: list[Window], at: datetime, zone: ZoneInfo) -> None:
    wall = at.astimezone(zone)
    minute = wall.weekday() * MINUTES_OF_DAY + wall.hour * 60 + wall.minute
    expected = any(minute in minutes_of_the_week(window) for window in schedules)
    assert active(schedules, at, zone) == expected


@untimed
@given(instants, st.sampled_from(ZONES))
def test_no_windows_mean_always(at: datetime, zone: ZoneInfo) -> None:
    assert active((), at, zone)


@untimed
@given(windows(), instants)
def test_the_zone_the_instant_is_written_in_does_not_matter(window: Window, at: datetime) -> None:
    elsewhere = at.astimezone(ZoneInfo("America/New_York"))
    assert active([window], at, VIENNA) == active([window], elsewhere, VIENNA)


@untimed
@given(windows(), windows(), instants)
def test_windows_add_up(one: Window, other: Window, at: datetime) -> None:
    either = active([one], at, VIENNA) or active([other], at, VIENNA)
    assert active([one, other], at, VIENNA) == either


@pytest.mark.parametrize(
    ("wall", "on"),
    [
        ("2026-11-20 21:59", False),  # a Friday
        ("2026-11-20 22:00", True),
        ("2026-11-20 23:59", True),
        ("2026-11-21 00:00", True),
        ("2026-11-21 05:59", True),
        ("2026-11-21 06:00", False),
        ("2026-11-21 22:00", False),
        ("2026-11-20 05:00", False),  # would be Thursday's night
    ],
)
def test_over_midnight_belongs_to_the_day_it_starts_on(wall: str, on: bool) -> None:
    friday_night = Window(frozenset({DAYS.index("fri")}), 22 * 60, 6 * 60)
    at = datetime.fromisoformat(wall).replace(tzinfo=VIENNA)
    assert active([friday_night], at, VIENNA) is on


def test_sunday_night_runs_into_monday() -> None:
    night = Window(frozenset({6}), 23 * 60, 60)
    assert active([night], datetime(2026, 11, 23, 0, 30, tzinfo=VIENNA), VIENNA)


def on_minutes(window: Window, begin_utc: datetime, hours: int) -> list[str]:
    """The UTC minutes of a stretch in which the window is on, first and last of each run."""
    runs: list[str] = []
    before = False
    for minute in range(hours * 60 + 1):
        at = begin_utc + timedelta(minutes=minute)
        now = active([window], at, VIENNA)
        if now != before:
            runs.append(at.strftime("%H:%M"))
        before = now
    return runs


# 29 March 2026: at 01:00 UTC the clock in Vienna goes from 02:00 to 03:00.
# 25 October 2026: at 01:00 UTC it goes from 03:00 back to 02:00.
SPRING = datetime(2026, 3, 28, 23, tzinfo=timezone.utc)
AUTUMN = datetime(2026, 10, 24, 22, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("start", "end", "runs"),
    [
        ("01:00", "04:00", ["00:00", "02:00"]),  # two hours instead of three
        ("02:00", "03:00", []),  # that hour is not there
        ("02:30", "04:00", ["01:00", "02:00"]),  # begins when the clock has jumped past it
        ("01:00", "02:30", ["00:00", "01:00"]),  # ends when the clock jumps past it
    ],
)
def test_the_hour_skipped_in_spring(start: str, end: str, runs: list[str]) -> None:
    window = Window(EVERY_DAY, minute_of_day(start), minute_of_day(end))
    assert on_minutes(window, SPRING, 6) == runs


@pytest.mark.parametrize(
    ("start", "end", "runs"),
    [
        ("01:00", "04:00", ["23:00", "03:00"]),  # four hours instead of three
        ("02:00", "03:00", ["00:00", "02:00"]),  # the hour counts twice
        ("02:15", "02:45", ["00:15", "00:45", "01:15", "01:45"]),  # on both times
    ],
)
def test_the_hour_repeated_in_autumn(start: str, end: str, runs: list[str]) -> None:
    window = Window(EVERY_DAY, minute_of_day(start), minute_of_day(end))
    assert on_minutes(window, AUTUMN, 6) == runs


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        active([Window(EVERY_DAY, 0, 60)], datetime(2026, 1, 1), VIENNA)


@untimed
@given(minutes)
def test_times_of_day_are_read(minute: int) -> None:
    assert minute_of_day(f"{minute // 60:02}:{minute % 60:02}") == minute


@pytest.mark.parametrize(
    "text", ["", "22", "22:0", "24:01", "25:00", "12:60", "-1:00", "1:00 ", "٣:00"]
)
def test_what_is_no_time_of_day(text: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        minute_of_day(text)


@pytest.mark.parametrize(
    ("days", "start", "end"),
    [(set(), 0, 60), ({7}, 0, 60), ({1}, 60, 60), ({1}, 1440, 60), ({1}, 60, 1441), ({1}, 60, 0)],
)
def test_what_is_no_window(days: set[int], start: int, end: int) -> None:
    with pytest.raises(ValueError, match=r"day|window"):
        Window(frozenset(days), start, end)
