"""Stretches of time: what of a recording is left when other times are taken out.

A stretch is (from_s, to_s) in seconds. What these functions return is in order, apart and without
empty ones, so that lengths add up.
"""

from __future__ import annotations

from collections.abc import Iterable

Stretch = tuple[float, float]
Stretches = tuple[Stretch, ...]


def joined(parts: Iterable[Stretch]) -> Stretches:
    """All that any of them covers."""
    found: list[Stretch] = []
    for from_s, to_s in sorted(parts):
        if found and from_s <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], to_s))
        elif from_s < to_s:
            found.append((from_s, to_s))
    return tuple(found)


def without(whole: Iterable[Stretch], parts: Iterable[Stretch]) -> Stretches:
    """What of the whole none of the parts covers."""
    taken, left = joined(parts), []
    for from_s, to_s in joined(whole):
        at_s = from_s
        for start_s, stop_s in taken:
            if stop_s <= at_s or start_s >= to_s:
                continue
            left.append((at_s, start_s))
            at_s = stop_s
        left.append((at_s, to_s))
    return joined(left)


def within(parts: Iterable[Stretch], seconds: float) -> Stretches:
    """What of the parts lies in the first so many seconds."""
    return joined((max(0.0, from_s), min(seconds, to_s)) for from_s, to_s in parts)


def length_s(parts: Iterable[Stretch]) -> float:
    """How long they are together, each second once."""
    return sum((to_s - from_s for from_s, to_s in joined(parts)), 0.0)
