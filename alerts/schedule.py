"""When a label is watched: windows of weekday and hour, in the site's own time.

The rule is the clock on the wall. A window is on at an instant if the wall clock at the site then
shows a time from `start` up to, not including, `end`. So in the hour that is skipped in spring a
window simply has less time, and in the hour that is repeated in autumn the window is on both times
the clock shows it. Nothing has to be guessed, since UTC always names one wall clock time.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_OF_DAY = 24 * 60


@dataclass(frozen=True)
class Window:
    """A stretch of some weekdays. `days` are 0 (Monday) to 6 and name the day it *starts* on;
    `start` and `end` are minutes of the day, 0–1440. With `end` not after `start` it runs over
    midnight into the next day."""

    days: frozenset[int]
    start_minute: int
    end_minute: int

    def __post_init__(self) -> None:
        if not self.days or not self.days <= frozenset(range(7)):
            raise ValueError("days are numbers from 0 (Monday) to 6, at least one")
        if not (0 <= self.start_minute < MINUTES_OF_DAY and 0 < self.end_minute <= MINUTES_OF_DAY):
            raise ValueError("a window starts from minute 0 to 1439 and ends from minute 1 to 1440")
        if self.start_minute == self.end_minute:
            raise ValueError("a window cannot start and end at the same time of day")


def minute_of_day(text: str) -> int:
    """`"22:00"` → 1320, `"24:00"` → 1440; raises `ValueError` for anything that is not a time."""
    match = re.fullmatch(r"([0-9]{1,2}):([0-5][0-9])", text)
    minute = int(match[1]) * 60 + int(match[2]) if match else MINUTES_OF_DAY + 1
    if minute > MINUTES_OF_DAY:
        raise ValueError("not a time of day")
    return minute


def active(schedules: Collection[Window], at_utc: datetime, zone: ZoneInfo) -> bool:
    """Whether any window is on at this instant; no windows at all mean always.

    `at_utc` must carry its offset (a naive time raises `ValueError`: it could be anybody's)."""
    if at_utc.utcoffset() is None:
        raise ValueError("at_utc must carry its offset from UTC")
    if not schedules:
        return True
    wall = at_utc.astimezone(zone)
    minute = wall.hour * 60 + wall.minute
    return any(_on(window, wall.weekday(), minute) for window in schedules)


def _on(window: Window, day: int, minute: int) -> bool:
    if window.start_minute < window.end_minute:
        return day in window.days and window.start_minute <= minute < window.end_minute
    tonight = day in window.days and minute >= window.start_minute
    since_yesterday = (day - 1) % 7 in window.days and minute < window.end_minute
    return tonight or since_yesterday
