"""The two clips the demo plays, drawn anew from the demo's own seeds.

`collapse.mp4`: a person walks about a ward, goes down after some twelve seconds and stays down,
stirring. `spill.mp4`: somebody walks through a shop, a liquid spreads on the empty floor, somebody
walks past it; a shadow passes and the light dips, which is no spill. `truth.csv` says what is so.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.synth.actor import RATE_HZ, Actor
from models.synth.blotch import Blotch
from models.synth.camera import Look
from models.synth.episode import RenderedFrame, Shot, frames_of
from models.synth.figure import Build
from models.synth.plane import Eye, look_at
from models.synth.room import Room, draw_room
from models.synth.seeds import DEMO_SEEDS, rng_of
from models.synth.spill import Spot, paint
from models.synth.tumble import draw_fall, tumble
from models.synth.video import Coding, write_video
from models.synth.view import Lens

Rgb = NDArray[np.uint8]
SIZE, FPS, SECONDS = (640, 360), 12, 60.0
COLLAPSE_SEED, SPILL_SEED = DEMO_SEEDS[18], DEMO_SEEDS[28]
TAKE = 27  # the walk and fall that stay in view of the camera, chosen by eye
# The way through the shop, from one side out of view to the other, and where the liquid starts.
WAY = ((-2.6, 3.0), (0.0, 2.4), (0.0, 1.2), (0.9, 0.4), (0.9, -1.6), (-2.4, -2.8))
POOL, BACK_AT_S = (-0.5, -0.1), 26.0
FALL_AT_S, POUR_AT_S, POURED_S = 12.0, 8.0, 12.0
POOL_SEED, LIQUID_SEED, SHADOW_SEED = 12, 14, 6
LOOK = Look(
    exposure=1.25, gamma=0.88, tint=(1.01, 1.0, 0.98), saturation=0.85, blur_px=0.5, sharpen=0.25,
    vignette=0.15, noise=0.008, coarse_noise=0.003, jpeg=0,
)  # fmt: skip


def main_demo(out: Path) -> int:
    """Draw both clips and their truth into a folder; takes some minutes on one core."""
    out.mkdir(parents=True, exist_ok=True)
    write_clip(out / "collapse.mp4", (f.rgb for f in collapse_frames()))
    write_clip(out / "spill.mp4", (f.rgb for f in spill_frames()))
    write_truth(out / "truth.csv")
    return 0


def write_truth(path: Path) -> None:
    """When what happens in which clip, in seconds from its first frame."""
    ward = "a person walks about a ward, collapses and stays down, stirring"
    shop = "a liquid spreads in a shop; somebody passes, then a shadow, then the light dips"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["clip", "label", "onset_s", "end_s", "duration_s", "incident", "note"])
        for label, at_s, note in (("collapse", FALL_AT_S, ward), ("spill", POUR_AT_S, shop)):
            rows.writerow([f"{label}.mp4", label, at_s, SECONDS, SECONDS, f"demo/{label}", note])


def write_clip(path: Path, pictures: Iterable[Rgb]) -> None:
    """A demo clip: twelve pictures a second, small enough for a repository."""
    write_video(path, pictures, SIZE, FPS, Coding(27, "slow", 300))


PATIENT = Build(
    height_m=1.72, girth=1.02, dress="trousers", long_sleeves=True, hair="short",
    colours={
        "skin": (0.80, 0.60, 0.48), "top": (0.20, 0.33, 0.58), "lower": (0.16, 0.16, 0.19),
        "shoes": (0.12, 0.10, 0.10), "hair": (0.16, 0.10, 0.06),
    },
)  # fmt: skip
SHOPPER = replace(
    PATIENT, height_m=1.66, hair="long", girth=0.95,
    colours={
        "skin": (0.72, 0.53, 0.42), "top": (0.55, 0.16, 0.17), "lower": (0.13, 0.17, 0.30),
        "shoes": (0.75, 0.75, 0.73), "hair": (0.22, 0.13, 0.07),
    },
)  # fmt: skip


def collapse_frames() -> Iterator[RenderedFrame]:
    """The frames of `collapse.mp4`."""
    return frames_of(collapse_shot(), COLLAPSE_SEED, fps=FPS, size=SIZE)


def collapse_shot() -> Shot:
    """A ward seen from a corner; somebody walks about, falls backwards and lies."""
    room = draw_room(rng_of(COLLAPSE_SEED, 1), "ward")
    eye = _from_corner(room)
    actor = Actor(room, PATIENT, rng_of(COLLAPSE_SEED, 2, TAKE))
    actor.vigour = 0.8
    actor.stand_at(*room.spot(actor.rng, 0.8), float(actor.rng.uniform(-math.pi, math.pi)))
    actor.wander(FALL_AT_S)
    del actor.track[round(FALL_AT_S * RATE_HZ) :]
    tumble(actor, draw_fall(actor.rng, "backward"), SECONDS - FALL_AT_S, alive=True)
    return Shot(room, [actor], eye, Lens(0.08), LOOK, 0.9)


def spill_shot() -> Shot:
    """A shop seen from one side; somebody crosses it, goes out of view and comes back later."""
    room = draw_room(rng_of(SPILL_SEED, 1), "shop")
    actor = Actor(room, SHOPPER, rng_of(SPILL_SEED, 2))
    actor.vigour = 1.0
    actor.stand_at(*WAY[0], -0.5)
    for spot in WAY[1:]:
        actor.walk_to(*spot)
    actor.idle(BACK_AT_S - actor.seconds)
    for spot in WAY[-2::-1]:
        actor.walk_to(*spot)
    actor.idle(SECONDS - actor.seconds)
    up = min(2.8, room.height_m - 0.2)
    eye = look_at((0.3 - room.width_m / 2, -0.4, up), (0.6, 0.2, 0.4), 46.0)
    return Shot(room, [actor], eye, Lens(0.08), LOOK, 0.9)


def spill_frames() -> Iterator[RenderedFrame]:
    """The frames of `spill.mp4`: the shot, the liquid, the shadow, then the camera's look."""
    shot, (x, y) = spill_shot(), POOL
    noise = rng_of(SPILL_SEED, 97)
    for frame in frames_of(shot, SPILL_SEED, fps=FPS, size=SIZE, look=False):
        plane = frame.plane
        pool = Blotch(x, y, 0.55, 0.4, 1.15, "blob", POOL_SEED)
        growth = min(1.0, max(0.0, (frame.at_s - POUR_AT_S) / POURED_S)) ** 0.6
        rgb, _ = paint(
            frame.rgb, frame.floor, Spot("opaque", pool, plane, 1.2, LIQUID_SEED), growth
        )
        if 38 < frame.at_s < 44:
            across = (frame.at_s - 41) / 3
            cloud = Blotch(x + 4.5 * across, y - 1.2, 1.1, 0.3, 1.3, "disc", 5)
            rgb, _ = paint(rgb, frame.floor, Spot("shadow", cloud, plane, 3.0, SHADOW_SEED))
        dip = 1 - 0.18 * math.exp(-(((frame.at_s - 51) / 1.5) ** 4))
        yield replace(frame, rgb=replace(shot.look, exposure=LOOK.exposure * dip).apply(rgb, noise))


def _from_corner(room: Room) -> Eye:
    corner = (0.4 - room.width_m / 2, 0.4 - room.depth_m / 2, min(2.7, room.height_m - 0.2))
    return look_at(corner, (room.width_m * 0.1, room.depth_m * 0.12, 0.6), 58.0)
