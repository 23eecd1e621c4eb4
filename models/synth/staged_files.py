"""Writes staged clips with their truth, pictures with masks to train on, and a sheet to look at.

OUT/truth.csv               what `floorwatch evaluate --truth` reads
OUT/clips/spill_01.mp4      a liquid spreads; decoy_01.mp4: something that is none
OUT/spills/images/*.png     and spills/masks/*.png, 255 where liquid shows: for `train --data OUT`
OUT/contact.png             each clip before, while and after it happens
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from alerts.errors import UserError
from models.synth import spill, staged, staged_view
from models.synth.staged import Scene
from models.synth.staged_site import Site
from models.synth.staged_view import Mask, Rgb
from models.synth.video import Coding, write_video

Progress = Callable[[int], None]
COLUMNS = (
    "clip", "label", "onset_s", "end_s", "duration_s", "incident", "kind", "note", "source",
)  # fmt: skip
SOURCE = "staged"
TILE = (320, 180)
CODING = Coding(crf=24, preset="medium", kbit_s_max=2000)
SPOTS_MAX = 2
DRAWS = 8  # of one clip or picture: not every thing fits on every floor
_Drawn = TypeVar("_Drawn")


class AlreadyThere(UserError):
    """The folder holds staged data."""


@dataclass(frozen=True)
class Written:
    """The clips that were written, those for which no place was found, and where their truth is."""

    truth: Path
    spills: int
    decoys: int
    skipped: int


def write_clips(
    site: Site, out: Path, count: int, *, seconds: float, seed: int, progress: Progress
) -> Written:
    """`count` spills and as many decoys, fewer where no place is found for some. `progress` is told
    of each picture. The same seed and view give the same clips. Raises AlreadyThere, and NoRoom
    where the very first finds no place."""
    truth = out / "truth.csv"
    if truth.exists():
        raise AlreadyThere(f"{truth}: is there already; name a new folder, or remove this one")
    (out / "clips").mkdir(parents=True, exist_ok=True)
    rows: list[list[str]] = []
    strips: list[Rgb] = []
    for number in range(count):
        for wet in (True, False):
            rng = np.random.default_rng((seed, number, wet))
            name = f"{'spill' if wet else 'decoy'}_{number + 1:02d}"
            scene = _fitting(partial(staged.draw_scene, name, wet, site, rng), must=not rows)
            if scene is None:
                progress(round(seconds * site.view.fps))
                continue
            path = out / "clips" / f"{name}.mp4"
            kept = _clip(scene, site, path, seconds, rng=rng, progress=progress)
            rows.append(_row(scene, seconds))
            strips.append(_strip(scene, kept))
    _sheet(out / "contact.png", strips)
    with truth.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows(rows)
    spills = sum(row[COLUMNS.index("label")] == "spill" for row in rows)
    return Written(truth, spills, len(rows) - spills, 2 * count - len(rows))


def _fitting(draw: Callable[[], _Drawn], must: bool) -> _Drawn | None:
    """The first of several draws that finds a place on the floor; none, or if it `must` be NoRoom,
    where all fail. Each goes on with the same random numbers, so it is the same every time."""
    for left in reversed(range(DRAWS)):
        try:
            return draw()
        except staged.NoRoom:
            if must and not left:
                raise
    return None


def _clip(
    scene: Scene, site: Site, path: Path, seconds: float, *, rng: np.random.Generator,
    progress: Progress,
) -> list[Rgb]:  # fmt: skip
    """Writes the clip; gives the pictures of the sheet."""
    done, view = staged.staging(scene, site), site.view
    start_s = float(rng.uniform(0, max(0.0, view.seconds - seconds)))
    end = scene.onset_s + scene.lasts_s
    wanted = {round(t * view.fps) for t in (scene.onset_s - 1, scene.onset_s + 0.3 * scene.lasts_s)}
    wanted |= {round(min(end + 1, seconds - 2) * view.fps), round((seconds - 1) * view.fps)}
    kept: list[Rgb] = []

    def pictures() -> Iterator[Rgb]:
        given = staged_view.pictures(view, start_s, seconds, rng)
        for number, rgb in enumerate(given):
            made, _ = done.on(rgb, view, number / view.fps)
            if number in wanted:
                kept.append(made)
            progress(1)
            yield made

    size = view.clean.shape[1], view.clean.shape[0]
    write_video(path, pictures(), size, view.fps, CODING)
    return kept


def _row(scene: Scene, seconds: float) -> list[str]:
    kind, clip = scene.spot.kind, f"clips/{scene.name}.mp4"
    if not scene.wet:
        note = f"no spill: {kind} {scene.does}"
        return [clip, "none", "", "", f"{seconds:g}", "", kind, note, SOURCE]
    note = f"{kind} liquid {scene.does} for {scene.lasts_s:.1f} s"
    onset, end = f"{scene.onset_s:.2f}", f"{seconds:g}"
    return [clip, "spill", onset, end, end, f"{SOURCE}/{scene.name}", kind, note, SOURCE]


def write_pictures(site: Site, out: Path, count: int, seed: int, progress: Progress) -> int:
    """`count` single pictures of the view with liquids and decoys on its floor, and their masks,
    other spots than the clips'. Returns how many found no place."""
    skipped = 0
    images, masks = out / "spills" / "images", out / "spills" / "masks"
    for folder in (images, masks):
        folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        rng = np.random.default_rng((seed, number, 2))
        made = _fitting(partial(_picture, site, rng), must=False)
        progress(1)
        if made is None:
            skipped += 1
            continue
        rgb, wet = made
        name = f"staged_{number + 1:04d}.png"
        cv2.imwrite(str(images / name), rgb[..., ::-1])
        cv2.imwrite(str(masks / name), wet * np.uint8(255))
    return skipped


def _picture(site: Site, rng: np.random.Generator) -> tuple[Rgb, Mask]:
    """A moment of the view with one or two spots behind whoever is there."""
    view = site.view
    rgb = staged_view.at(view, float(rng.uniform(0, 0.98 * view.seconds)))
    now, clean = (x.astype(np.float32) / 255.0 for x in (rgb, view.clean))
    free = site.floor & ~staged_view.in_front(now, clean, view.noise)
    wet = np.zeros_like(free)
    for _ in range(int(rng.integers(1, SPOTS_MAX + 1))):
        kinds = spill.SPILLS if rng.random() < 0.5 else spill.OTHERS
        spot = staged.draw_spot(kinds[int(rng.integers(len(kinds)))], site, rng)
        rgb, covered = spill.paint(rgb, free, spot, float(rng.uniform(0.4, 1.0)))
        wet = wet | covered if spot.kind in spill.SPILLS else wet & ~covered
    grain = rng.standard_normal(rgb.shape, np.float32) * np.float32(255 * 0.4 * view.noise)
    noisy = np.clip(rgb + grain, 0, 255).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 95))]
    _, data = cv2.imencode(".jpg", noisy[..., ::-1], quality)
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[..., ::-1]), wet


def _strip(scene: Scene, kept: list[Rgb]) -> Rgb:
    """A clip's row of the sheet, with what it is."""
    tiles = [cv2.resize(rgb, TILE, interpolation=cv2.INTER_AREA) for rgb in kept]
    row = np.hstack([*tiles, *[np.zeros_like(tiles[0])] * (4 - len(tiles))])
    words = f"{scene.name}: {scene.spot.kind} {scene.does}, from {scene.onset_s:.1f} s"
    line = np.full((20, row.shape[1], 3), 32, np.uint8)
    cv2.putText(line, words, (4, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (230, 230, 230), 1)
    return np.vstack([line, row])


def _sheet(path: Path, strips: list[Rgb]) -> None:
    cv2.imwrite(str(path), np.ascontiguousarray(np.vstack(strips)[..., ::-1]))
