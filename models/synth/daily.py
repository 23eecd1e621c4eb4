"""Hours of normal life as clips, to count false alarms on: no incident, many nuisances.

What stands still is drawn once and shown for long; light, exposure and noise change in every
picture. Seeds are no training picture's: `seeds` keeps them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth import vantage
from models.synth.actor import RATE_HZ
from models.synth.camera import draw_look
from models.synth.day import Day, away, draw_day
from models.synth.daylight import Daylight, draw_changes, shifted
from models.synth.filming import Camera, draw_lens, picture_of
from models.synth.plane import Eye, plane_of
from models.synth.room import WIDE_STYLES
from models.synth.seeds import daily_seed, rng_of
from models.synth.signal import Signal
from models.synth.stage import OWNER_FLOOR, Stage
from models.synth.truth_file import read_rows, write_rows
from models.synth.video import Coding, write_video

Rgb = NDArray[np.uint8]
Progress = Callable[[int, int], None]  # clips done, of so many
SIZE, FPS, SECONDS = (640, 360), 2.5, 600.0
CLIPS_PER_SEED = 10_000
TRUTH = "truth.csv"
EYES = 8
MOVED = 1e-4  # metres or radians below which nothing has


@dataclass(frozen=True)
class Row:
    """One clip's line of `truth.csv`. `nuisances` lists, divided by blanks, what happens in it."""

    clip: str
    label: str
    onset_s: str
    end_s: str
    incident: str
    light: str
    height: str
    nuisances: str
    duration_s: str


def write_hours(out: Path, hours: float, seed: int, progress: Progress) -> Path:
    """`hours` of clips of ten minutes, and their truth, which is returned. Clips that are there
    and in the truth are kept, so that it can be interrupted. Raises OtherTruth."""
    out.mkdir(parents=True, exist_ok=True)
    count = max(1, round(hours * 3600 / SECONDS))
    known = cast("dict[str, Row]", read_rows(out / TRUTH, Row, "rendered hours"))
    rows = list[Row]()
    for number in range(count):
        own = seed * CLIPS_PER_SEED + number
        seconds = hours * 3600 / count
        old = known.get(_name(own))
        kept = old is not None and old.duration_s == f"{seconds:.2f}"
        rows.append(old if old and kept else write_day(out, own, seconds))
        write_rows(out / TRUTH, Row, [*rows, *_others(known, rows)])
        progress(number + 1, count)
    return out / TRUTH


def write_day(out: Path, number: int, seconds: float = SECONDS) -> Row:
    """Draw the clip of that number; its line of truth."""
    seed = daily_seed(number)
    rng = rng_of(seed, 1)
    day = draw_day(rng, seconds)
    eye = view_of(day, rng)
    camera = Camera(eye, draw_lens(eye, rng), float(rng.uniform(0.5, 1.4)))
    changes = draw_changes(rng)
    path = out / _name(number)
    coding = Coding(int(rng.integers(24, 35)), "veryfast", 500)
    times = [picture / FPS for picture in range(round(seconds * FPS))]
    pictures = frames(day, camera, changes, seconds, seed, times=times)
    write_video(path, pictures, SIZE, FPS, coding)
    return Row(
        path.name, "none", "", "", "", "infrared" if day.room.grey else "visible", height_of(eye),
        " ".join(sorted(day.nuisances | set(changes))), f"{seconds:.2f}",
    )  # fmt: skip


def height_of(eye: Eye) -> str:
    """How high a camera hangs, in words."""
    return "low" if eye.position[2] < 1.7 else "wall" if eye.position[2] < 2.7 else "high"


def view_of(day: Day, rng: np.random.Generator) -> Eye:
    """Of several cameras the one that sees most of what people do."""
    wide = day.room.style in WIDE_STYLES
    points = np.array([v.track[i][:3] for v in day.visits for i in range(0, len(v.track), RATE_HZ)])
    found: list[tuple[float, Eye]] = []
    for _ in range(EYES):
        kind = vantage.draw_vantage(rng, lying=False, wide=wide)
        actor = day.people[day.visits[-1].person] if day.visits else None
        tick = int(rng.integers(len(actor.track))) if actor else 0
        eye = vantage.eye_for(day.room, actor, tick, kind, rng)
        share = vantage.visible(eye, points, day.people[0]) if len(points) else 1.0
        found.append((share, eye))
    return max(found, key=lambda one: one[0])[1]


def frames(
    day: Day, camera: Camera, changes: list[str], seconds: float, seed: int, *,
    times: Sequence[float], size: tuple[int, int] = SIZE,
) -> Iterator[Rgb]:  # fmt: skip
    """The pictures at these times (in order, seconds) of a day of so many seconds; the scene is
    drawn anew only where something in it moved. It is the same scene in every `size` (width,
    height)."""
    rng = rng_of(seed, 2)
    look, stamped = draw_look(rng, day.room.grey), bool(rng.random() < 0.5)
    signal, times_px = Signal(look, SIZE, rng), size[0] / SIZE[0]
    if size != SIZE:  # what is drawn after it, clothes and light, is as in the usual size
        signal = Signal(look, size, rng_of(seed, 3))
    builds = [actor.build for actor in day.people]
    stage = Stage(day.room, builds, camera.eye, size=size, rng=rng, extra_xml=day.props, samples=0)
    with stage:
        stage.fewer_shadows(1)
        floor = stage.draw([away(actor) for actor in day.people]).owner == OWNER_FLOOR
        light = Daylight(plane_of(camera.eye, size), floor, seconds, changes, rng)
        shown: NDArray[np.float64] = np.empty(0)
        rgb: Rgb = np.empty(0, np.uint8)
        for t in times:
            poses, placed = day.poses(t), day.placed(t)
            there = np.concatenate([*poses, *placed.values()])
            if len(shown) != len(there) or np.abs(there - shown).max() > MOVED:
                for name, (x, y, z, yaw) in placed.items():
                    stage.place(name, (x, y, z), yaw)
                shown, rgb = there, picture_of(stage, poses, camera)
            moment = light.at(t, rng)
            shaken = shifted(rgb, (moment.shift_px[0] * times_px, moment.shift_px[1] * times_px))
            sent = signal.send(shaken, moment, rng)
            yield _stamped(sent, t, seed) if stamped else sent


def _stamped(rgb: Rgb, t: float, seed: int) -> Rgb:
    """With a clock in the corner, as recorders write it."""
    large = rgb.shape[1] / SIZE[0]
    at = seed % 86_400 + int(t)
    text = f"CAM{seed % 16:02d} {at // 3600 % 24:02d}:{at // 60 % 60:02d}:{at % 60:02d}"
    at_px = (round(8 * large), round(18 * large))
    for colour, thick in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        bold = round(thick * large)
        cv2.putText(rgb, text, at_px, cv2.FONT_HERSHEY_SIMPLEX, 0.5 * large, colour, bold)
    return rgb


def _others(known: dict[str, Row], rows: Sequence[Row]) -> list[Row]:
    """What is there and has not come up yet, or is another seed's."""
    names = {row.clip for row in rows}
    return [row for name, row in known.items() if name not in names]


def _name(number: int) -> str:
    return f"day{number:06d}.mp4"
