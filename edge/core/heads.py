"""Network output to `Scores`: boxes with a state, and the grids of liquid and of people who are
down, cut to the picture."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.card import Card, People
from edge.core.types import Box, Grid, Person, Scores

_KEPT_MAX = 50  # more people than this in one view are a crowd, and the rest adds nothing


def read(
    people: NDArray[np.float32],
    spill: NDArray[np.float32],
    card: Card,
    size: tuple[int, int],
    at_ns: int,
) -> Scores:
    """One picture's outputs (A×(5+S) and h×w) as `Scores`; `size` is the picture's (width,
    height) in input pixels."""
    grid = _cut(spill, card.spill.stride, size)
    found = tuple(_doubted(person, grid) for person in _people(people, card.people, size))
    down = _down(people, card, size) * (1.0 - grid) if card.people.strides else None
    return Scores(at_ns, size[0] / size[1], found, grid, down)


def _people(rows: NDArray[np.float32], spec: People, size: tuple[int, int]) -> tuple[Person, ...]:
    rows = rows[rows[:, 4] >= spec.score_floor]
    rows = rows[np.argsort(-rows[:, 4], kind="stable")]
    corners = np.concatenate([rows[:, :2] - rows[:, 2:4] / 2, rows[:, :2] + rows[:, 2:4] / 2], 1)
    limit = np.array([size[0], size[1], size[0], size[1]], dtype=np.float32)
    corners = np.clip(corners / limit, 0.0, 1.0)
    kept: list[int] = []
    for index in range(len(rows)):
        if len(kept) == _KEPT_MAX:
            break
        x0, y0, x1, y1 = corners[index]
        if x1 <= x0 or y1 <= y0:
            continue  # wholly in the padding
        if not kept or _iou(corners[index], corners[kept]).max() <= spec.overlap_max:
            kept.append(index)
    return tuple(_person(rows[i], corners[i], spec) for i in kept)


def _person(row: NDArray[np.float32], corner: NDArray[np.float32], spec: People) -> Person:
    x0, y0, x1, y1 = (float(value) for value in corner)
    state = dict(zip(spec.states, (float(value) for value in row[5:]), strict=True))
    return Person(
        Box(x0, y0, x1 - x0, y1 - y0),
        float(row[4]),
        state.get("upright", 0.0),
        state.get("low", 0.0),
        state.get("down", 0.0),
        state.get("bed", 0.0),
    )


def _doubted(person: Person, spill: Grid) -> Person:
    """The person, doubted by the share of their box which the other head sees as liquid: both
    cannot be right about the same cells. Somebody lying *in* a puddle hides it where they are."""
    liquid = float(spill[person.box.cells(*spill.shape)].mean())
    return replace(person, score=person.score * (1.0 - liquid))


def _iou(one: NDArray[np.float32], many: NDArray[np.float32]) -> NDArray[np.float32]:
    low, high = np.maximum(one[:2], many[:, :2]), np.minimum(one[2:], many[:, 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=1)
    area = np.prod(one[2:] - one[:2])
    union = area + np.prod(many[:, 2:] - many[:, :2], axis=1) - shared
    share: NDArray[np.float32] = shared / np.maximum(union, 1e-12)
    return share


def _down(people: NDArray[np.float32], card: Card, size: tuple[int, int]) -> Grid:
    """How strongly each cell finds somebody down, on the grid of the liquid: the strongest of all
    strides. Coarse cells are smoothed, which lowers their peaks; the highest is put right again."""
    spec, shape = card.people, (card.input.height, card.input.width)
    found = people[:, 4] * people[:, 5 + spec.states.index("down")]
    width, height = (side // card.spill.stride for side in shape[::-1])
    grid: Grid = np.zeros((height, width), np.float32)
    begin = 0
    for stride in spec.strides:
        rows, columns = (side // stride for side in shape)
        cells = found[begin : begin + rows * columns].reshape(rows, columns)
        grid = np.maximum(grid, cv2.resize(cells, (width, height))).astype(np.float32)
        begin += rows * columns
    return _cut(grid * (found.max() / max(float(grid.max()), 1e-6)), card.spill.stride, size)


def _cut(grid: NDArray[np.float32], stride: int, size: tuple[int, int]) -> Grid:
    """The part of an input's grid that shows the picture."""
    columns, rows = (max(1, round(pixels / stride)) for pixels in size)
    return np.array(grid[:rows, :columns], dtype=np.float32)  # its own: backends reuse buffers
