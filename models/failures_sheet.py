"""The worst failures on one picture, and all of them as a table: what a model card shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

import cv2
import numpy as np

from edge.core.card import Card
from edge.core.types import Box, Grid, Rgb, Scores
from edge.snapshot import encoded, marked
from models.failures import Look, Tally

COLUMNS, TILES_MAX = 4, 24
TILE = (320, 180)
CAPTION_PX, HEAD_PX = 40, 34
BYTES_MAX = 240_000
CLOSE = 4.0  # a tile shows so many times the width of what it is about, at most all of the picture
PAPER, INK, RED, GREEN = (250, 250, 248), (25, 25, 25), (190, 30, 30), (20, 110, 50)
_FACE = cv2.FONT_HERSHEY_SIMPLEX
Window = tuple[int, int, int, int]  # left, top, width, height in pixels


def table(tallies: Sequence[Tally], card: Card) -> str:
    """Markdown: what had to be called and was, what must not be and was."""
    lines = [
        f"| `{card.name}` {card.version}, rendered pictures | asked of it | called | at 95 % |"
        " scores: least, median, most |",
        "|---|---|---|---|---|",
    ]
    for one in tallies:
        asked = f"{'' if one.condition.wanted else 'no '}{one.condition.label}"
        side = "at least" if one.condition.wanted else "at most"
        low, middle, high = (f"{v:.2f}".lstrip("0") for v in np.quantile(one.scores, (0, 0.5, 1)))
        bound = f"{side} {one.bound95:.2f}".replace("0.", ".", 1)
        lines.append(
            f"| {one.condition.name} | {asked} | {one.called} of {len(one.scores)} | {bound} "
            f"| {low}, {middle}, {high} |"
        )
    return "\n".join(lines)


def chosen(tallies: Sequence[Tally], tiles_max: int = TILES_MAX) -> list[Look]:
    """The worst failure of every condition that has one, then second ones while there is room; in
    the order of the conditions. Where nothing failed, what came nearest to it."""
    ranks = list(zip_longest(*(one.worst for one in tallies)))
    looks = [look for rank in ranks for look in sorted(filter(None, rank), key=_margin)]
    failed = [look for look in looks if look.failed][:tiles_max]
    order = {one.condition: number for number, one in enumerate(tallies)}
    return sorted(failed or looks[:tiles_max], key=lambda look: order[look.hard.condition])


def sheet(looks: Sequence[Look], card: Card) -> Rgb:
    """Tiles with what was asked, what was said and at which threshold. White box: what was missed.
    Coloured: what the network saw."""
    rows = max(1, -(-len(looks) // COLUMNS))
    width, height = TILE
    tall = height + CAPTION_PX
    paper = np.full((HEAD_PX + rows * tall, COLUMNS * width, 3), PAPER, np.uint8)
    head = (
        f"{card.name} {card.version} on rendered pictures: where it fails.   "
        "White box: where it is.  Tint, line, coloured box: what the network sees."
    )
    cv2.putText(paper, head, (8, 22), _FACE, 0.55, INK, 1, cv2.LINE_AA)
    for number, look in enumerate(looks):
        top, left = HEAD_PX + number // COLUMNS * tall, number % COLUMNS * width
        paper[top : top + tall - 4, left + 2 : left + width - 2] = _tile(look)[:-4, 2:-2]
    return paper


def jpeg(picture: Rgb) -> bytes:
    """The sheet as JPEG, as good as `BYTES_MAX` allows."""
    for quality in range(88, 30, -4):
        data = encoded(picture, quality)
        if len(data) <= BYTES_MAX:
            break
    return data


def _margin(look: Look) -> float:
    return look.margin


def _tile(look: Look) -> Rgb:
    tile = np.full((TILE[1] + CAPTION_PX, TILE[0], 3), PAPER, np.uint8)
    tile[: TILE[1]] = _picture(look)
    wanted = look.hard.condition.wanted
    said = ("found" if look.called else "missed") if wanted else "called"
    said = said if wanted or look.called else "left alone"
    against = ">=" if look.called else "<"  # OpenCV's letters are ASCII only
    words = f"{said}: {look.hard.condition.label} {look.score:.2f} {against} {look.threshold:.2f}"
    name = look.hard.condition.name
    wide = cv2.getTextSize(name, _FACE, 0.45, 1)[0][0]
    scale = 0.45 * min(1.0, (TILE[0] - 10) / wide)
    cv2.putText(tile, name, (5, TILE[1] + 14), _FACE, scale, INK, 1, cv2.LINE_AA)
    colour = RED if look.failed else GREEN
    cv2.putText(tile, words, (5, TILE[1] + 30), _FACE, 0.45, colour, 1, cv2.LINE_AA)
    return tile


def _picture(look: Look) -> Rgb:
    """The part of the picture that matters, with what the network sees in it and what is there."""
    height, width = look.rgb.shape[:2]
    there = _there(look)
    window = _window(there or _strongest(look), width, height)
    left, top, wide, high = window
    part = np.ascontiguousarray(look.rgb[top : top + high, left : left + wide])
    rgb = np.asarray(cv2.resize(part, TILE, interpolation=cv2.INTER_AREA), np.uint8)
    told = _moved(look.box, window, width, height) if look.called and look.box else None
    label = look.hard.condition.label
    plain = rgb
    rgb = marked(rgb, label, told, _seen(look.scores, window, width, height), look.threshold)
    if look.hard.condition.wanted and not look.called:  # the tint must not hide who was missed
        rgb = np.asarray(cv2.addWeighted(plain, 0.6, rgb, 0.4, 0), np.uint8)
    if there is not None and look.hard.condition.wanted:
        _outline(rgb, _moved(there, window, width, height))
    return rgb


def _outline(rgb: Rgb, box: Box) -> None:
    """A white frame round what was to be called; nothing is written on it, it may be small."""
    height, width = rgb.shape[:2]
    low = (round(box.x * width) - 2, round(box.y * height) - 2)
    high = (round((box.x + box.w) * width) + 1, round((box.y + box.h) * height) + 1)
    cv2.rectangle(rgb, low, high, INK, 3)
    cv2.rectangle(rgb, low, high, (255, 255, 255), 1)


def _there(look: Look) -> Box | None:
    """Where what is wanted is; for the rest, where it was called or might have been."""
    spot = look.hard.spot
    if spot is not None and spot.any():
        rows, columns = np.flatnonzero(spot.any(axis=1)), np.flatnonzero(spot.any(axis=0))
        high, wide = spot.shape
        across, down = columns[-1] + 1 - columns[0], rows[-1] + 1 - rows[0]
        return Box(columns[0] / wide, rows[0] / high, across / wide, down / high)
    return look.box if look.called and not look.hard.condition.wanted else look.hard.box


def _strongest(look: Look) -> Box:
    """Round the strongest cell of the network's map."""
    grid = look.scores.spill
    row, column = divmod(int(grid.argmax()), grid.shape[1])
    return Box(
        max(0.0, column / grid.shape[1] - 0.1), max(0.0, row / grid.shape[0] - 0.1), 0.2, 0.2
    )


def _window(box: Box, width: int, height: int) -> Window:
    """A part of the picture in its own shape round a box, wholly inside."""
    share = min(1.0, max(TILE[0] / 2 / width, CLOSE * max(box.w, box.h * 0.75)))
    wide, high = round(share * width), round(share * height)
    cx, cy = box.centre
    left = min(max(0, round(cx * width - wide / 2)), width - wide)
    top = min(max(0, round(cy * height - high / 2)), height - high)
    return left, top, wide, high


def _moved(box: Box, window: Window, width: int, height: int) -> Box:
    """A box of the picture as a box of the window."""
    left, top, wide, high = window
    x, y = (box.x * width - left) / wide, (box.y * height - top) / high
    x1, y1 = x + box.w * width / wide, y + box.h * height / high
    x, y = max(0.0, x), max(0.0, y)
    return Box(x, y, min(1.0, x1) - x, min(1.0, y1) - y)


def _seen(scores: Scores, window: Window, width: int, height: int) -> Scores:
    """What the network says of the window alone."""
    left, top, wide, high = window

    def part(grid: Grid) -> Grid:
        whole = cv2.resize(grid, (width, height))
        return np.asarray(whole[top : top + high, left : left + wide], np.float32)

    down = None if scores.down is None else part(scores.down)
    people = tuple(replace(p, box=_moved(p.box, window, width, height)) for p in scores.people)
    return replace(scores, spill=part(scores.spill), down=down, people=people)
