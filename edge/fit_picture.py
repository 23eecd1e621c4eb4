"""A drawing of what a camera's view is taken for: what it is known by, in each light."""

from __future__ import annotations

import cv2
import numpy as np

from edge.core.types import Rgb
from edge.fit import Baseline
from edge.fit.look import Look
from edge.normal.hours import HOURS
from edge.sheet import BLUE, GAP, HOUR_PX, MARGIN, VIEW, Sheet

_TOP, _TILE_PX, _CHART_PX = 76, VIEW[1] + 46, 90
_DIM = 0.6  # of a look's brightness, so that its edges, so much brighter, stand out
_EDGE = 160
_DARK = (40, 44, 60)


def draw(camera: str, baseline: Baseline, said: str, *, edges: bool) -> Sheet:
    """The looks side by side, and below them in which hours it was watched. `said` is how the
    camera stands. Without `edges` only how bright each block is, where nobody may be shown."""
    rows = (max(1, len(baseline.looks)) + 1) // 2
    sheet = Sheet(_TOP + rows * _TILE_PX + _CHART_PX + 80)
    sheet.write((MARGIN, 34), f"{camera}: what its view is taken for", 0.7)
    sheet.write((MARGIN, 56), said)
    for number, look in enumerate(baseline.looks):
        left = MARGIN + (number % 2) * (VIEW[0] + GAP)
        top = _TOP + (number // 2) * _TILE_PX + 16
        sheet.write((left, top - 6), words(number, look), 0.4)
        sheet.put((left, top), view(look, edges=edges))
    if not baseline.looks:
        sheet.write((MARGIN, _TOP + 30), "no look is known yet: that takes half a minute", 0.5)
    _hours(sheet, baseline, _TOP + rows * _TILE_PX + _CHART_PX + 30)
    return sheet


def words(number: int, look: Look) -> str:
    """One look in a line."""
    seen_h = sum(look.hours) / 3600
    known = int(np.count_nonzero(look.structured))
    return (
        f"look {number + 1}: seen {seen_h:.1f} h, brightness {look.luma.mean():.0f} of 255, known "
        f"by {known} of {look.luma.size} blocks, noise {look.noise:.1f}"
    )


def view(look: Look, *, edges: bool) -> Rgb:
    """How bright each block is, and in white the edges it is known by."""
    grey = cv2.resize(look.luma, VIEW, interpolation=cv2.INTER_CUBIC).clip(0, 255) * _DIM
    if edges:
        found = np.abs(look.edges).astype(np.float32)
        grey = grey + _EDGE * cv2.resize(found, VIEW, interpolation=cv2.INTER_LINEAR)
    one = np.asarray(grey.clip(0, 255), np.uint8)
    return np.asarray(cv2.merge([one, one, one]), np.uint8)


def _hours(sheet: Sheet, baseline: Baseline, bottom: int) -> None:
    """How long each hour of the day was watched, and how much of that there was no light."""
    most = max([3600.0, *baseline.watched])
    sheet.write(
        (MARGIN, bottom - _CHART_PX - 8),
        "for how long each hour of the day was watched (dark: without light)",
    )
    for hour in range(HOURS):
        bars = [
            (max(1, round(seconds / most * _CHART_PX)), ink)
            for seconds, ink in ((baseline.watched[hour], BLUE), (baseline.unlit[hour], _DARK))
            if seconds
        ]
        sheet.hour(hour, (MARGIN + hour * HOUR_PX, bottom), baseline.watched[hour] / 60, bars)
