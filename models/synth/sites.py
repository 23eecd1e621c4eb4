"""Rendered cameras to learn a site from and to judge what that was worth: of each half an hour of
normal life to learn from, as much again to count false alarms on, and collapses in the same room
before the same camera, to tell whether what is silent still tells.

What is judged is half the rest of the very day that was learnt from (the same people, light and
things that lie about) and half another day in the same room (other people, other light, other
things). Seeds are no training picture's: `seeds` keeps them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import cast

import av

from models.synth import scene as scenes
from models.synth import script, vantage
from models.synth.actor import RATE_HZ, Actor
from models.synth.clips import FALLS
from models.synth.daily import FPS, SIZE, TRUTH, frames, height_of, view_of
from models.synth.day import Day, Visit, draw_day
from models.synth.daylight import draw_changes
from models.synth.figure import draw_build
from models.synth.filming import Camera, draw_lens
from models.synth.movables import Stop
from models.synth.seeds import rng_of, site_seed
from models.synth.stage import Stage
from models.synth.truth_file import OtherTruth, read_rows, write_rows
from models.synth.video import Coding, write_video

CAMERAS_PER_SEED = 1000
LEARN_FPS = 1.0  # a picture a second is enough to mine
TRIES = 12
SEEN_MIN = 0.7  # share of whoever lies there that no furniture hides
PIXELS_MIN = 400  # of 640×360: what is smaller is not asked of a camera
NORMAL, CLIPS = "normal", "clips"
Progress = Callable[[int, int], None]  # cameras done, of so many


@dataclass(frozen=True)
class Plan:
    """How much is made of each camera: to learn from, of the same day and of another one to count
    false alarms on, and so many collapses of so many seconds; and how wide its pictures are (16:9,
    a multiple of 32). The same scenes whatever their width."""

    learn_s: float = 1800.0
    rest_s: float = 900.0
    other_s: float = 900.0
    fall_s: float = 30.0
    falls: int = 6
    width_px: int = SIZE[0]

    @property
    def day_s(self) -> float:
        """How long the day is that is learnt from and judged."""
        return self.learn_s + self.rest_s

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures."""
        return self.width_px, self.width_px * SIZE[1] // SIZE[0]


@dataclass(frozen=True)
class Row:
    """One clip's line of `truth.csv`. `place` is the camera; `part` says what it is: the rest of
    the day learnt from, another day, or a fall."""

    clip: str
    label: str
    onset_s: str
    end_s: str
    incident: str
    place: str
    part: str
    light: str
    height: str
    nuisances: str
    duration_s: str


@dataclass(frozen=True)
class View:
    """One camera and what does not change before it."""

    name: str
    seed: int
    plan: Plan
    day: Day
    camera: Camera
    changes: list[str]
    coding: Coding

    def row(self, clip: str, part: str, seconds: float, nuisances: set[str]) -> Row:
        """The truth of a clip in which nothing happens."""
        light = "infrared" if self.day.room.grey else "visible"
        height, happens = height_of(self.camera.eye), " ".join(sorted(nuisances))
        name = f"{CLIPS}/{clip}"
        return Row(
            name, "none", "", "", "", self.name, part, light, height, happens, f"{seconds:.2f}"
        )

    def write(
        self, path: Path, day: Day, at: tuple[float, float, float], changes: list[str],
        whole_s: float,
    ) -> None:  # fmt: skip
        """The pictures of a day from `at[0]` to `at[1]` seconds, `at[2]` a second."""
        start_s, end_s, fps = at
        times = [start_s + number / fps for number in range(round((end_s - start_s) * fps))]
        size = self.plan.size
        pictures = frames(day, self.camera, changes, whole_s, self.seed, times=times, size=size)
        write_video(path, pictures, size, fps, self.coding)


def write_site(
    out: Path, cameras: int, seed: int, progress: Progress, plan: Plan | None = None
) -> Path:
    """A folder as `floorwatch train --init shipped --data` takes it, with so many cameras; some ten
    minutes each on one core. Cameras that are there and in the truth are kept, so that it can be
    interrupted. Returns the truth. Raises OtherTruth."""
    for below in (NORMAL, CLIPS):
        (out / below).mkdir(parents=True, exist_ok=True)
    plan = plan or Plan()
    _check_width(out / CLIPS, plan.width_px)
    known = cast("dict[str, Row]", read_rows(out / TRUTH, Row, "a rendered site"))
    for number in range(cameras):
        own = seed * CAMERAS_PER_SEED + number
        name = f"cam{own:04d}"
        rows = [row for row in known.values() if row.place == name]
        if len(rows) != 2 + plan.falls:
            rows = _write_camera(out, view(own, name, plan))
            known |= {row.clip: row for row in rows}
            write_rows(out / TRUTH, Row, list(known.values()))
        progress(number + 1, cameras)
    return out / TRUTH


def _check_width(clips: Path, width_px: int) -> None:
    whole = (clip for clip in sorted(clips.glob("cam*.mp4")) if ".part" not in clip.name)
    for clip in islice(whole, 1):
        with av.open(str(clip)) as container:
            there_px = container.streams.video[0].width
        if there_px != width_px:
            raise OtherTruth(
                f"{clip}: {there_px} pixels wide, and {width_px} are asked for; name another folder"
            )


def view(number: int, name: str, plan: Plan) -> View:
    """The camera of that number and its day."""
    seed = site_seed(number)
    rng = rng_of(seed, 1)
    day = draw_day(rng, plan.day_s)
    eye = view_of(day, rng)
    camera = Camera(eye, draw_lens(eye, rng), float(rng.uniform(0.5, 1.4)))
    kbit_s_max = round(500 * (plan.width_px / SIZE[0]) ** 2)
    coding = Coding(int(rng.integers(24, 35)), "veryfast", kbit_s_max)
    return View(name, seed, plan, day, camera, draw_changes(rng), coding)


def _write_camera(out: Path, of: View) -> list[Row]:
    plan, changes = of.plan, of.changes
    learnt = (0.0, plan.learn_s, LEARN_FPS)
    of.write(out / NORMAL / f"{of.name}.mp4", of.day, learnt, changes, plan.day_s)
    rest = f"{of.name}-rest.mp4"
    of.write(out / CLIPS / rest, of.day, (plan.learn_s, plan.day_s, FPS), changes, plan.day_s)
    rng = rng_of(of.seed, 10)
    other = draw_day(rng, plan.other_s, (of.day.room, of.day.ways))
    changes = draw_changes(rng)
    name = f"{of.name}-other.mp4"
    of.write(out / CLIPS / name, other, (0.0, plan.other_s, FPS), changes, plan.other_s)
    rows = [
        of.row(rest, "rest", plan.rest_s, of.day.nuisances | set(of.changes)),
        of.row(name, "other", plan.other_s, other.nuisances | set(changes)),
    ]
    for number, fall in zip(range(plan.falls), _falls(of), strict=False):
        name = f"{of.name}-fall{number}.mp4"
        of.write(out / CLIPS / name, fall, (0.0, plan.fall_s, FPS), [], plan.fall_s)
        rows.append(_fallen(of.row(name, "fall", plan.fall_s, set()), fall))
    return rows


def _falls(of: View) -> Iterator[Day]:
    """Somebody who may be one of the day's people collapses in sight; what was brought lies where
    it lay when the learning ended. Kinds that do not come out in this room are left out."""
    things = {
        name: [Stop(-1e9, *spot)]
        for name, spot in of.day.placed(of.plan.learn_s).items()
    }  # fmt: skip
    for number in range(TRIES * of.plan.falls):
        rng = rng_of(of.seed, 20, number)
        kind = FALLS[number % len(FALLS)]
        known = of.day.people[int(rng.integers(len(of.day.people)))].build
        actor = Actor(of.day.room, known if number % 2 else draw_build(rng), rng)
        if not script.fits(of.day.room, kind):
            continue
        script.act(actor, kind, of.plan.fall_s)
        last = len(actor.track) - 1
        points = vantage.body_points(actor, last)
        if not script.came_out(actor, kind):
            continue
        if vantage.visible(of.camera.eye, points, actor) < SEEN_MIN:
            continue
        held = [actor.track[-1]] * RATE_HZ  # whoever lies there at the end stays
        visit = Visit(0.0, 0, -1, [*actor.track, *held])
        fall = Day(of.day.room, of.day.ways, [actor], of.day.props, [visit], things, {kind})
        if _pixels(of, fall) >= PIXELS_MIN:
            yield fall


def _pixels(of: View, fall: Day) -> int:
    """How many pixels of who lies there show, past the furniture and what was brought."""
    actor = fall.people[0]
    with Stage(
        fall.room, [actor.build], of.camera.eye, size=SIZE, rng=rng_of(of.seed, 21),
        extra_xml=fall.props, samples=0,
    ) as stage:  # fmt: skip
        for name, (x, y, z, yaw) in fall.placed(0.0).items():
            stage.place(name, (x, y, z), yaw)
        return int((stage.draw([actor.track[-1]]).owner == 0).sum())


def _fallen(row: Row, fall: Day) -> Row:
    actor = fall.people[0]
    onset_s = scenes.descent(actor, len(actor.track))[0] / RATE_HZ
    values = {**vars(row), "label": "collapse", "onset_s": f"{onset_s:.2f}"}
    values |= {
        "end_s": row.duration_s,
        "incident": row.clip,
        "nuisances": " ".join(fall.nuisances),
    }
    return Row(**values)
