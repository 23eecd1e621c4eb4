"""People of whom a part cannot be seen: behind furniture, or beyond the picture's edge."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from edge.core.types import Rgb
from models.crop import ASK, PAD, View, people_in
from models.labels import CELL_PX, STATES

LYING = STATES.index("down")
CUT = (0.1, 0.55)  # the share of somebody beyond the edge


def hide(view: View, rng: np.random.Generator) -> View:
    """Put a piece of the picture over up to half of somebody, from one side, as furniture does;
    the box is cut to what still shows."""
    who = int(rng.integers(len(view.people)))
    cx, cy, w, h, _ = (float(v) for v in view.people[who])
    share = float(rng.uniform(0.15, 0.5))
    x0, y0, x1, y1 = cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2
    side = int(rng.integers(4))  # seldom from above
    margin = 0.1 * max(w, h)
    covers = (
        (x0 - margin, y1 - share * h, x1 + margin, y1 + margin),
        (x0 - margin, y0 - margin, x0 + share * w, y1 + margin),
        (x1 - share * w, y0 - margin, x1 + margin, y1 + margin),
        (x0 - margin, y1 - share * h, x1 + margin, y1 + margin),
    )
    shows = (
        (x0, y0, x1, y1 - share * h),
        (x0 + share * w, y0, x1, y1),
        (x0, y0, x1 - share * w, y1),
    )
    a, b, c, d = (int(np.clip(v, 0, len(view.rgb))) for v in covers[side])
    if c - a < 2 or d - b < 2:
        return view
    rgb, people, spill = view.rgb.copy(), view.people.copy(), view.spill.copy()
    rgb[b:d, a:c] = _piece(view.rgb, (d - b, c - a), view.people, rng)
    spill[b // CELL_PX : d // CELL_PX, a // CELL_PX : c // CELL_PX] = 0.0
    x0, y0, x1, y1 = shows[side % 3]
    people[who, :4] = ((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0)
    return replace(view, rgb=rgb, people=people, spill=spill)


def _piece(
    rgb: Rgb, shape: tuple[int, int], people: NDArray[np.float32], rng: np.random.Generator
) -> Rgb:
    """Somewhere else of the same picture where nobody is, or a plain board."""
    for _ in range(4):
        top = int(rng.integers(0, rgb.shape[0] - shape[0] + 1))
        left = int(rng.integers(0, rgb.shape[1] - shape[1] + 1))
        middle = np.array([left + shape[1] / 2, top + shape[0] / 2])
        away = np.abs(people[:, :2] - middle) - people[:, 2:4] / 2 - np.array(shape[::-1]) / 2
        if (away.max(1) > 0).all():
            return np.asarray(rgb[top : top + shape[0], left : left + shape[1]])
    colour = rng.uniform(30, 220, 3) * rng.uniform(0.7, 1.3)
    shade = np.linspace(0.85, 1.1, shape[0])[:, None, None]
    return np.asarray(np.clip(np.ones((*shape, 1)) * colour * shade, 0, 255), np.uint8)


def cut(view: View, rng: np.random.Generator) -> View:
    """End the picture in the middle of somebody, mostly below and mostly of those who lie: a body
    along the lower edge is a common fall, and hardly in any set of pictures. Beyond it is padding,
    or the picture moves down to the edge of what the network is shown."""
    odds = np.where(view.people[:, 4] >= LYING, 4.0, 1.0)
    cx, cy, w, h, _ = view.people[rng.choice(len(odds), p=odds / odds.sum())]
    hidden = float(rng.uniform(*CUT))
    turns = int(rng.choice([0, 1, 3], p=[0.6, 0.2, 0.2]))  # below, on the right, on the left
    side = len(view.rgb)
    end = (cy + (0.5 - hidden) * h, cx + (0.5 - hidden) * w, 0, side - cx + (0.5 - hidden) * w)
    line = int(end[turns]) // CELL_PX * CELL_PX
    if line < side // 3:
        return view
    below = _turned(view, turns)
    moved = 0 if rng.random() < 0.5 else side - line
    rgb, spill, sure = np.full_like(below.rgb, PAD), np.zeros_like(below.spill), below.sure.copy()
    rgb[moved : moved + line] = below.rgb[:line]
    rows, by = line // CELL_PX, moved // CELL_PX
    sure[:] = ASK
    spill[by : by + rows], sure[by : by + rows] = below.spill[:rows], below.sure[:rows]
    people, partly = people_in(below.people, side, line)
    shift = np.array([0, moved, 0, 0, 0], np.float32)
    whole = View(rgb, people + shift, spill, sure).without(partly + shift)
    return _turned(whole, -turns)


def _turned(view: View, quarters: int) -> View:
    """The view turned clockwise by quarters, so that what was on the right (1) or on the left (3)
    lies below; its people with it."""
    quarters %= 4
    side = len(view.rgb)
    people = view.people
    for _ in range(quarters):
        people = people[:, [1, 0, 3, 2, 4]] * np.array([-1, 1, 1, 1, 1], np.float32)
        people = people + np.array([side, 0, 0, 0, 0], np.float32)
    return View(
        np.asarray(np.rot90(view.rgb, -quarters), np.uint8, order="C"),
        people,
        np.asarray(np.rot90(view.spill, -quarters), np.float32, order="C"),
        np.asarray(np.rot90(view.sure, -quarters), np.float32, order="C"),
    )
