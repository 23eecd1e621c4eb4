"""Numbers as people read them. A bound is rounded away from what one would like to hear."""

from __future__ import annotations

import math

NOTHING = "–"
TIGHT = "\u00a0"  # a number and its unit stay on one line
_DAY_H = 24.0


def plain(words: str) -> str:
    """For a terminal: a space is a space."""
    return words.replace(TIGHT, " ")


def share(value: float | None, *, down: bool = False) -> str:
    """A share (0–1) in per cent; `down` rounds down, for lower bounds. Never 100 % for less."""
    if value is None:
        return NOTHING
    percent = value * 100
    if 99 <= percent < 100:
        return f"{math.floor(percent * 10) / 10:.1f}{TIGHT}%"
    return f"{math.floor(percent + 1e-9) if down else round(percent)}{TIGHT}%"


def rate(value: float | None, *, up: bool = False) -> str:
    """A rate to two figures, or whole numbers from ten on; `up` rounds up, for upper bounds."""
    if value is None:
        return NOTHING
    if value == 0:
        return "0"
    places = 0 if value >= 10 else 1 - math.floor(math.log10(value))
    scale = 10.0 ** max(0, places)
    scaled = value * scale
    rounded = (math.ceil(scaled - 1e-9) if up else round(scaled)) / scale
    return f"{rounded:,.0f}" if places <= 0 else f"{rounded:.{places}f}"


def seconds(value: float | None) -> str:
    """A time or a duration; minutes from two of them on."""
    if value is None:
        return NOTHING
    if value < 120:
        return f"{value:.1f}{TIGHT}s"
    whole = round(value)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours}:{minutes:02d}:{rest:02d}{TIGHT}h"
    return f"{minutes}:{rest:02d}{TIGHT}min"


def duration(hours: float | None) -> str:
    """So many hours, in the unit one would say them in."""
    if hours is None:
        return NOTHING
    if hours * 3600 < 100:
        return counted(round(hours * 3600), "second")
    if hours * 60 < 100:
        return counted(round(hours * 60), "minute")
    value, unit = (hours, "hours") if hours < 2 * _DAY_H else (hours / _DAY_H, "days")
    return f"{value:.1f}".removesuffix(".0") + f"{TIGHT}{unit}"


def score(value: float | None) -> str:
    """A score or threshold (0–1)."""
    return NOTHING if value is None else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 clip`, `2 clips`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
