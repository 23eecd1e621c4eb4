"""Labels on sheets, to be looked at by somebody: every source, every state, boxes drawn in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from edge.core.types import Rgb
from models import dropped
from models.labels import STATES
from models.stores import Sample, Store

COLUMNS, ROWS = 5, 6
CELL_WIDTH, CELL_HEIGHT, CAPTION = 384, 216, 18
COLOURS = {  # RGB, by state; −1 is not told
    -1: (160, 160, 160),
    0: (60, 200, 90),
    1: (250, 190, 40),
    2: (240, 60, 60),
    3: (80, 130, 250),
}
LIQUID = (0, 220, 255)
NOBODY = "nobody"
Told = Callable[[int, int], None]
Place = tuple[Store, int]


def write(opened: Iterable[Store], folder: Path, sheets_max: int, told: Told) -> list[Path]:
    """Write at most `sheets_max` sheets for each source and state; `told` hears how many of how
    many are done. A picture stands under its most telling state: down, bed, low, upright."""
    groups = _groups(opened)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [
        (folder / f"{source}-{state}-{number:02}.png", page)
        for (source, state), places in sorted(groups.items())
        for number, page in enumerate(_pages(places, sheets_max), 1)
    ]
    for done, (file, page) in enumerate(wanted, 1):
        sheet = _sheet(page)
        cv2.imwrite(str(file), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
        told(done, len(wanted))
    return [file for file, _ in wanted]


def _groups(opened: Iterable[Store]) -> dict[tuple[str, str], list[Place]]:
    groups: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for store in opened:
        for number, sample in enumerate(store.samples):
            groups[sample.source, _told(sample)].append((store, number))
    return groups


def _told(sample: Sample) -> str:
    states = {person.state for person in sample.people}
    telling = [STATES.index(name) for name in ("down", "bed", "low", "upright")]
    first = next((STATES[state] for state in telling if state in states), None)
    return first or ("unknown" if states else NOBODY)


def _pages(places: list[Place], sheets_max: int) -> list[list[Place]]:
    """Evenly chosen where there are too many: neighbours in a clip look alike."""
    each = COLUMNS * ROWS
    room = min(len(places), each * sheets_max)
    chosen = [places[int(at)] for at in np.linspace(0, len(places) - 1, room)]
    return [chosen[start : start + each] for start in range(0, len(chosen), each)]


def _sheet(page: Sequence[Place]) -> Rgb:
    height = CELL_HEIGHT + CAPTION
    sheet = np.full((ROWS * height, COLUMNS * CELL_WIDTH, 3), 255, np.uint8)
    for at, (store, number) in enumerate(page):
        row, column = divmod(at, COLUMNS)
        cell = _cell(store, number)
        sheet[
            row * height : (row + 1) * height, column * CELL_WIDTH : (column + 1) * CELL_WIDTH
        ] = cell
    return sheet


def _cell(store: Store, number: int) -> Rgb:
    """One picture with its boxes, its liquid's edge, and its name; crossed out where dropped."""
    sample, rgb = store.samples[number], store.picture(number)
    scale = min(CELL_WIDTH / sample.width, CELL_HEIGHT / sample.height)
    size = (round(sample.width * scale), round(sample.height * scale))
    small = np.ascontiguousarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))
    mask = store.mask(number)
    if mask is not None:
        wet = (cv2.resize(mask, size, interpolation=cv2.INTER_AREA) > 127).astype(np.uint8)
        edges, _ = cv2.findContours(wet, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(small, edges, -1, LIQUID, 1)
    for person in sample.people:
        low = ((person.cx - person.w / 2) * size[0], (person.cy - person.h / 2) * size[1])
        high = ((person.cx + person.w / 2) * size[0], (person.cy + person.h / 2) * size[1])
        corners = [(round(x), round(y)) for x, y in (low, high)]
        cv2.rectangle(small, corners[0], corners[1], COLOURS[person.state], 2)
    if dropped.is_dropped(sample.source, sample.name):
        cv2.line(small, (0, 0), size, COLOURS[2], 3)
    cell = np.full((CELL_HEIGHT + CAPTION, CELL_WIDTH, 3), 255, np.uint8)
    cell[: size[1], : size[0]] = small
    name = sample.name[-52:]
    where = (3, CELL_HEIGHT + CAPTION - 5)
    cv2.putText(cell, name, where, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
    return cell
