"""One rendered camera over several days: the same room, view and lens, other people, other light;
by day and by night; and days on which something unusual stays from the middle on.

One picture a second, as the normal pattern looks. Seeds are those of clips to be measured on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast, get_args

import numpy as np
from numpy.typing import NDArray

from edge.core.types import Rgb
from models.synth import day as days
from models.synth import script, spill
from models.synth.actor import RATE_HZ, Actor
from models.synth.camera import Look, draw_look
from models.synth.daily import MOVED, view_of
from models.synth.day import Day, Visit, away
from models.synth.daylight import Daylight, draw_changes, shifted
from models.synth.figure import draw_build
from models.synth.filming import Camera, draw_lens, picture_of
from models.synth.plane import plane_of
from models.synth.seeds import daily_seed, rng_of
from models.synth.signal import Signal
from models.synth.stage import OWNER_FLOOR, Stage
from models.synth.truth_file import read_rows, write_rows
from models.synth.video import Coding, write_video

Staged = Literal["none", "person_down", "spill", "object"]
STAGED: tuple[Staged, ...] = get_args(Staged)
SIZE, FPS = (640, 360), 1.0
DAY_S, NIGHT_S = 180.0, 60.0
NORMAL_DAYS = 6
CAMERAS_FROM = 9_000_000  # numbers of `daily_seed` that `--normal-hours` does not reach
TRUTH = "days.csv"
_KINDS = {"spill": ("opaque", "dark", "wet", "mirror"), "object": ("bag", "cushion")}


@dataclass(frozen=True)
class Row:
    """One clip of a camera's day. From `onset_s` on there is what was `staged`; `hour` is the local
    hour of day at which it begins."""

    clip: str
    camera: int
    day: int
    hour: float
    staged: str
    onset_s: str


@dataclass(frozen=True)
class Site:
    """What stays the same on all days of a camera."""

    seed: int
    first: Day
    camera: Camera
    look: Look
    coding: Coding


def site_of(number: int) -> Site:
    """The camera of that number."""
    seed = daily_seed(CAMERAS_FROM + number)
    rng = rng_of(seed, 1)
    first = days.draw_day(rng, DAY_S)
    eye = view_of(first, rng)
    camera = Camera(eye, draw_lens(eye, rng), float(rng.uniform(0.5, 1.4)))
    coding = Coding(int(rng.integers(24, 32)), "veryfast", 500)
    return Site(seed, first, camera, draw_look(rng, first.room.grey), coding)


def rows_of(number: int) -> list[Row]:
    """Every clip of a camera: days and nights without incident, then one day for each thing that
    may be staged."""
    rows = list[Row]()
    for day in range(NORMAL_DAYS):
        for hour in (10.0, 22.0):
            rows.append(Row(_name(number, day, hour), number, day, hour, "none", ""))
    for extra, staged in enumerate(STAGED[1:]):
        day = NORMAL_DAYS + extra
        name = _name(number, day, 10.0)
        rows.append(Row(name, number, day, 10.0, staged, f"{DAY_S / 2:g}"))
    return rows


def rows_in(out: Path) -> list[Row]:
    """The clips that are there, in order of time."""
    known = cast("dict[str, Row]", read_rows(out / TRUTH, Row, "rendered days"))
    rows = [
        Row(one.clip, int(one.camera), int(one.day), float(one.hour), one.staged, one.onset_s)
        for one in known.values()
    ]
    return sorted(rows, key=lambda row: (row.camera, row.day, row.hour))


def write_camera(out: Path, number: int) -> None:
    """Write all clips of a camera, and their lines of `days.csv`. Clips that are there are kept."""
    out.mkdir(parents=True, exist_ok=True)
    site = site_of(number)
    for row in rows_of(number):
        path = out / row.clip
        if not path.exists():
            write_video(path, _frames(site, row), SIZE, FPS, site.coding)
        known = cast("dict[str, Row]", read_rows(out / TRUTH, Row, "rendered days"))
        known[row.clip] = row
        write_rows(out / TRUTH, Row, list(known.values()))


def _frames(site: Site, row: Row) -> Iterator[Rgb]:
    seconds = DAY_S if row.hour == 10.0 else NIGHT_S
    rng = rng_of(site.seed, 2, row.day, round(row.hour))
    day = _day(site, rng, seconds)
    if row.staged == "person_down":
        _lay_down(day, rng, seconds)
    changes = [one for one in draw_changes(rng) if one != "infrared"]
    signal = Signal(site.look, SIZE, rng)
    builds = [actor.build for actor in day.people]
    stage = Stage(
        day.room, builds, site.camera.eye, size=SIZE, rng=rng_of(site.seed, 3),
        extra_xml=day.props, samples=0,
    )  # fmt: skip
    with stage:
        stage.fewer_shadows(1)
        plane = plane_of(site.camera.eye, SIZE)
        floor = stage.draw([away(actor) for actor in day.people]).owner == OWNER_FLOOR
        light = Daylight(plane, floor, seconds, changes, rng)
        spot = None
        if row.staged in _KINDS:
            kind = str(rng.choice(_KINDS[row.staged]))
            spot = spill.draw_spot(rng, cast("spill.SpillKind", kind), floor, plane, 45.0)
        shown: NDArray[np.float64] = np.empty(0)
        drawn: Rgb = np.empty(0, np.uint8)
        for number in range(round(seconds * FPS)):
            t = number / FPS
            poses, placed = day.poses(t), day.placed(t)
            there = np.concatenate([*poses, *placed.values()])
            if len(shown) != len(there) or np.abs(there - shown).max() > MOVED:
                for name, (x, y, z, yaw) in placed.items():
                    stage.place(name, (x, y, z), yaw)
                shown, drawn = there, picture_of(stage, poses, site.camera)
            rgb: Rgb = drawn
            if spot is not None and t >= seconds / 2:
                rgb, _ = spill.paint(rgb, floor, spot, min(1.0, (t - seconds / 2 + 1) / 8))
            moment = replace(light.at(t, rng), infrared=row.hour != 10.0)
            yield signal.send(shifted(rgb, moment.shift_px), moment, rng)


def _day(site: Site, rng: np.random.Generator, seconds: float) -> Day:
    """Another day in the same room."""
    return days.draw_day(rng, seconds, within=(site.first.room, site.first.ways))


def _lay_down(day: Day, rng: np.random.Generator, seconds: float) -> None:
    """Somebody more falls in the middle, and lies there until the end."""
    actor = Actor(day.room, draw_build(rng), rng)
    for _ in range(8):
        actor.track, actor.pitch = [], 0.0
        script.act(actor, "fall", 12.0)
        if script.came_out(actor, "fall"):
            break
    held: list[NDArray[np.float64]] = [actor.track[-1]] * round(seconds / 2 * RATE_HZ)
    day.people.append(actor)
    day.visits.append(Visit(seconds / 2 - 6.0, len(day.people) - 1, -1, [*actor.track, *held]))


def _name(number: int, day: int, hour: float) -> str:
    return f"cam{number:02d}-day{day:02d}-{hour:02.0f}h.mp4"
