"""Rendered clips to be measured on: collapses, and what looks like one and is none.

Their seeds are no training picture's: `seeds` keeps them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth import scene as scenes
from models.synth import script, vantage
from models.synth.actor import RATE_HZ
from models.synth.camera import Look, draw_look
from models.synth.filming import Camera, draw_lens, picture_of
from models.synth.plane import Eye
from models.synth.scene import Scene
from models.synth.script import Kind
from models.synth.seeds import CLIP_SEEDS, SeedReserved, clip_seed, rng_of
from models.synth.stage import Stage
from models.synth.truth_file import read_rows, write_rows
from models.synth.video import Coding, write_video

Rgb = NDArray[np.uint8]
Progress = Callable[[int, int], None]  # clips done, of so many
SIZE, FPS, SECONDS = (640, 360), 5.0, 40.0
FALLS: tuple[Kind, ...] = ("fall", "faint", "slide_from_chair", "fall", "lie_still")
ALIKE: tuple[Kind, ...] = ("sit", "lie_on_bed", "crawl", "bend_or_kneel", "sit_on_floor", "walk")
TRIES = 8
SHEET_COLUMNS = 5
CLIPS_PER_SEED = 100_000
SEEDS_MAX = len(CLIP_SEEDS) // (CLIPS_PER_SEED * TRIES)
TRUTH, SHEET = "truth.csv", "contact.png"


@dataclass(frozen=True)
class Row:
    """One clip's line of `truth.csv`; `height` and `distance` are its camera's."""

    clip: str
    label: str
    onset_s: str
    end_s: str
    incident: str
    light: str
    height: str
    distance: str
    act: str
    duration_s: str


@dataclass(frozen=True)
class _Shot:
    scene: Scene
    camera: Camera
    look: Look
    row: Row
    seed: int


def write_episodes(
    out: Path, count: int, seed: int, progress: Progress, *, seconds: float = SECONDS,
    fps: float = FPS,
) -> Path:  # fmt: skip
    """`count` clips, collapses and look-alikes in turn, their truth and a contact sheet; some
    fifteen seconds each on one core. Clips that are there and in the truth are kept, so that it
    can be interrupted, and stay in the truth where another seed's come beside them. Returns the
    truth. Raises SeedReserved and OtherTruth."""
    if seed not in range(SEEDS_MAX) or count > CLIPS_PER_SEED:
        raise SeedReserved(
            f"--seed {seed}, {count} clips: there are seeds 0–{SEEDS_MAX - 1}, each of at most "
            f"{CLIPS_PER_SEED} clips"
        )
    out.mkdir(parents=True, exist_ok=True)
    known = cast("dict[str, Row]", read_rows(out / TRUTH, Row, "rendered episodes"))
    rows: list[Row] = []
    tiles = []
    for number in range(count):
        shot = draw_shot(seed * CLIPS_PER_SEED + number, seconds)
        path = out / shot.row.clip
        if known.pop(shot.row.clip, None) != shot.row:
            worst = int(rng_of(seed, 3, number).integers(24, 34))
            coding = Coding(worst, "veryfast", 500)
            write_video(path, _frames(shot, fps), SIZE, fps, coding)
        rows.append(shot.row)
        write_rows(out / TRUTH, Row, [*rows, *known.values()])
        tiles.append(_tile(path, shot.row))
        progress(number + 1, count)
    cv2.imwrite(str(out / SHEET), _sheet(tiles)[..., ::-1])
    return out / TRUTH


def draw_shot(number: int, seconds: float = SECONDS) -> _Shot:
    """The clip of that number. Tries others of its own seeds until what should happen happens in
    sight of the camera."""
    kinds = FALLS if number % 2 == 0 else ALIKE
    kind = kinds[number // 2 % len(kinds)]
    best: tuple[float, int, Scene, Eye] | None = None
    for attempt in range(TRIES):
        seed = clip_seed(number * TRIES + attempt)
        scene = scenes.draw_scene(seed, kind, seconds, tended=False)
        if not as_named(scene):
            continue
        rng = rng_of(seed, 4)
        chosen = vantage.draw_vantage(rng, lying=False, wide=scene.wide)
        last = len(scene.actors[0].track) - 1
        eye = vantage.eye_for(scene.room, scene.actors[0], last, chosen, rng)
        points = vantage.body_points(scene.actors[0], last)
        share = vantage.visible(eye, points, scene.actors[0])
        if best is None or share > best[0]:
            best = (share, seed, scene, eye)
        if share >= 0.7:
            break
    if best is None:
        raise RuntimeError(f"clip {number}: physics did not do as told in {TRIES} tries")
    _, seed, scene, eye = best
    rng = rng_of(seed, 5)
    camera = Camera(eye, draw_lens(eye, rng), float(rng.uniform(0.5, 1.4)))
    return _Shot(scene, camera, draw_look(rng, scene.room.grey), _row(scene, eye, number), seed)


def as_named(scene: Scene) -> bool:
    """Whether the leading person ends as the kind says, and nobody else is ever down."""
    down = [_ever_down(actor.track, scene, n) for n, actor in enumerate(scene.actors)]
    if any(down[1:]):
        return False
    if scene.kind in scenes.LYING:
        return script.came_out(scene.actors[0], scene.kind)
    return scene.kind == "sit_on_floor" or not down[0]


def _ever_down(track: Sequence[object], scene: Scene, number: int) -> bool:
    actor, step = scene.actors[number], RATE_HZ // 2
    return any(script.state_at(actor, tick) == "down" for tick in range(0, len(track), step))


def _row(scene: Scene, eye: Eye, number: int) -> Row:
    actor = scene.actors[0]
    seconds = len(actor.track) / RATE_HZ
    away = float(np.hypot(*(actor.track[-1][:2] - eye.position[:2])))
    falls = scene.kind in scenes.LYING
    onset = scenes.descent(actor, len(actor.track))[0] / RATE_HZ
    up = eye.position[2]
    return Row(
        clip=f"{scene.kind}{number:04d}.mp4",
        label="collapse" if falls else "none",
        onset_s=f"{onset:.2f}" if falls else "",
        end_s=f"{seconds:.2f}" if falls else "",
        incident=f"rendered/{number}" if falls else "",
        light="infrared" if scene.room.grey else "visible",
        height="low" if up < 1.7 else "wall" if up < 2.7 else "high",
        distance="to 4 m" if away < 4 else "4-8 m" if away < 8 else "over 8 m",
        act=scene.kind,
        duration_s=f"{seconds:.2f}",
    )


def _frames(shot: _Shot, fps: float) -> Iterator[Rgb]:
    actors, noise = shot.scene.actors, rng_of(shot.seed, 6)
    props = "".join(prop for actor in actors for prop in actor.props)
    with Stage(
        shot.scene.room, [actor.build for actor in actors], shot.camera.eye, size=SIZE,
        rng=noise, extra_xml=props, samples=0,
    ) as stage:  # fmt: skip
        length = min(len(actor.track) for actor in actors)
        for number in range(int(length / RATE_HZ * fps)):
            tick = min(round(number / fps * RATE_HZ), length - 1)
            rgb = picture_of(stage, [actor.track[tick] for actor in actors], shot.camera)
            yield shot.look.apply(rgb, noise)


def _tile(path: Path, row: Row) -> Rgb:
    """The clip at three moments, one above the other: early, at two thirds, last."""
    clip = cv2.VideoCapture(str(path))
    count = int(clip.get(cv2.CAP_PROP_FRAME_COUNT))
    wanted, shown = {count // 6, 2 * count // 3, count - 1}, []
    for number in range(count):
        fine, bgr = clip.read()
        if fine and number in wanted:
            small = np.asarray(cv2.resize(bgr, (320, 180), interpolation=cv2.INTER_AREA), np.uint8)
            shown.append(np.ascontiguousarray(small[..., ::-1]))
    clip.release()
    text = f"{row.clip.removesuffix('.mp4')} {row.onset_s}"
    cv2.putText(shown[0], text, (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 0), 1)
    return np.vstack(shown)


def _sheet(tiles: Sequence[Rgb]) -> Rgb:
    blank = np.zeros_like(tiles[0])
    padded = [*tiles, *([blank] * (-len(tiles) % SHEET_COLUMNS))]
    rows = [padded[at : at + SHEET_COLUMNS] for at in range(0, len(padded), SHEET_COLUMNS)]
    return np.vstack([np.hstack(row) for row in rows])
