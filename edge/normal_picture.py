"""A drawing of what is known of a camera's normal days: one picture, with its words in it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.types import Rgb
from edge.normal.camera import CameraNormal
from edge.normal.hours import HOURS
from edge.normal.summary import LEVELS, Summary
from edge.sheet import BLUE, GAP, HOUR_PX, MARGIN, PALE, VIEW, WIDTH, Colour, Sheet

_LIGHT: Colour = (168, 196, 230)
_RED: Colour = (196, 60, 48)
_CHART_PX = 120


def draw(camera: str, normal: CameraNormal, said: Summary) -> Sheet:
    """What the camera usually shows, how lively each place is, how unusual its
    hours are, whether it has drifted, and what lower thresholds would have done."""
    sheet = Sheet(770)
    sheet.write((MARGIN, 34), f"{camera}: normal days", 0.7)
    _views(sheet, normal, said)
    _hours(sheet, said, (MARGIN, 520))
    _drift(sheet, said, (MARGIN, 720))
    _thresholds(sheet, said, (MARGIN + VIEW[0] + GAP, 720))
    return sheet


def _views(sheet: Sheet, normal: CameraNormal, said: Summary) -> None:
    left, right, top = MARGIN, MARGIN + VIEW[0] + GAP, 72
    shown = normal.picture.drawn()
    usual: Rgb = np.full((VIEW[1], VIEW[0], 3), 120, np.uint8)
    if shown is not None:
        usual = np.asarray(cv2.resize(shown, VIEW, interpolation=cv2.INTER_LINEAR), np.uint8)
    words = "what it usually shows" if shown is not None else "no picture is kept here"
    sheet.write((left, top - 8), words)
    sheet.put((left, top), usual)
    sheet.write((right, top - 8), "orange: much goes on here; dark: whatever is new stands out")
    sheet.put((right, top), _tinted(usual, said.lively))


def _tinted(picture: Rgb, lively: NDArray[np.float64]) -> Rgb:
    """Each place tinted by how much it sways by itself."""
    level = np.clip(np.log2(np.maximum(lively, 1e-3)) / 4 + 0.5, 0, 1).astype(np.float32)
    size = (picture.shape[1], picture.shape[0])
    wide = cv2.resize(level, size, interpolation=cv2.INTER_NEAREST)[..., None]
    orange, dark = np.array([255, 150, 30], np.float32), np.array([16, 24, 60], np.float32)
    tint = wide * orange + (1 - wide) * dark
    return np.asarray(0.45 * picture + 0.55 * tint, np.uint8)


def _hours(sheet: Sheet, said: Summary, at: tuple[int, int]) -> None:
    """How unusual the seconds of each hour are: half are below the dark bar, all but one in a
    hundred below the pale one; below it, how long each hour was watched."""
    left, bottom = at
    rare = [one for one in said.height_rare if one is not None]
    top = max([2.0, *rare, said.once_a_day or 0.0]) * 1.1
    sheet.write(
        (left, bottom - _CHART_PX - 12),
        "how unusual each hour is: half its seconds (dark), all but one in a hundred (pale)",
    )
    for hour in range(HOURS):
        heights = ((said.height_rare[hour], _LIGHT), (said.height_usual[hour], BLUE))
        bars = [(round(v / top * _CHART_PX), ink) for v, ink in heights if v is not None]
        sheet.hour(hour, (left + hour * HOUR_PX, bottom), said.learnt_min[hour], bars)
    if said.once_a_day is not None:
        y = bottom - round(said.once_a_day / top * _CHART_PX)
        sheet.line(np.array([[left, y], [WIDTH - MARGIN, y]], np.int32), _RED)
        sheet.write((WIDTH - MARGIN - 130, y - 5), "once a day is above", 0.4, _RED)


def _drift(sheet: Sheet, said: Summary, at: tuple[int, int]) -> None:
    """The bet against it looking as it did."""
    left, bottom = at
    sheet.write(
        (left, bottom - _CHART_PX - 12), "does it still look as learnt? alarm at the red line"
    )
    high = max(said.drift_alarm * 1.15, *(height for _, height in said.trace), 1.0)
    y = bottom - round(said.drift_alarm / high * _CHART_PX)
    sheet.line(np.array([[left, y], [left + VIEW[0], y]], np.int32), _RED)
    sheet.line(np.array([[left, bottom], [left + VIEW[0], bottom]], np.int32), PALE)
    if len(said.trace) < 2:
        sheet.write((left + 8, bottom - 12), "nothing to compare with before three days", 0.4)
        return
    when = np.array([at_s for at_s, _ in said.trace])
    heights = np.clip([height for _, height in said.trace], 0, high)
    span = max(float(when[-1] - when[0]), 1.0)
    x = left + (when - when[0]) / span * VIEW[0]
    points = np.stack([x, bottom - heights / high * _CHART_PX], 1).round().astype(np.int32)
    sheet.line(points, BLUE, 2)
    sheet.write((left, bottom + 16), f"{span / 86_400:.1f} days, {said.drift_bets} bets", 0.4)


def _thresholds(sheet: Sheet, said: Summary, at: tuple[int, int]) -> None:
    """How many alarms each threshold would have given."""
    left, bottom = at
    sheet.write((left, bottom - _CHART_PX - 12), "alarms each threshold would have given here")
    step = VIEW[0] // (len(LEVELS) + 2)
    for column, level in enumerate(LEVELS):
        sheet.write((left + (column + 2) * step, bottom - 80), f"{level:g}")
    for row, alarms in enumerate(said.alarms):
        y = bottom - 50 + 30 * row
        sheet.write((left, y), alarms.label)
        for column, count in enumerate(alarms.counts):
            sheet.write((left + (column + 2) * step, y), str(count))
    watched = said.alarms[0].watched_hours
    sheet.write((left, bottom + 16), f"in {watched:.1f} hours; real ones count too", 0.4)
