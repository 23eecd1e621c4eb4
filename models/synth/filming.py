"""Pictures of a scene by several cameras, each with its own place, lens, look, paint and light.

A still person filmed six times by one camera is one picture; filmed from three sides in three
lights they are three.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge.core.types import Box
from models.synth import scene as scenes
from models.synth import vantage
from models.synth.actor import RATE_HZ
from models.synth.camera import Look, draw_look
from models.synth.episode import LabelledBox, RenderedFrame
from models.synth.occlusion import darken, smooth_edges
from models.synth.plane import Eye, plane_of, project
from models.synth.scene import Scene
from models.synth.script import Kind
from models.synth.seeds import check_not_demo, rng_of
from models.synth.stage import Drawn, Stage
from models.synth.truth import State, state_of, tilt_deg
from models.synth.view import Lens

Rgb = NDArray[np.uint8]
SIZE = (640, 360)
EYES = 4
LONG_PX_MIN, SHORT_PX_MIN = 16, 6
PROPPED_DEG = 35.0
_BONES = ("head", "chest", "pelvis", "forearm_l", "forearm_r", "shin_l", "shin_r")


@dataclass(frozen=True)
class Camera:
    """One camera of a scene: its place, its lens and how strongly corners darken before it."""

    eye: Eye
    lens: Lens
    shade: float


@dataclass(frozen=True)
class Picture:
    """A frame without its camera's noise, the camera's look to put on it, and whether everyone
    who shows is labelled (`whole`): slivers of people are not."""

    frame: RenderedFrame
    look: Look
    camera: int
    whole: bool


def film(seed: int, kind: Kind, seconds: float = 12.0) -> Iterator[Picture]:
    """Ten pictures of one scene. Raises `SeedReserved` for demo seeds."""
    check_not_demo(seed)
    scene = scenes.draw_scene(seed, kind, seconds)
    rng = rng_of(seed, 8)
    builds = [actor.build for actor in scene.actors]
    props = "".join(prop for actor in scene.actors for prop in actor.props)
    leading = scene.actors[0] if scene.actors else None
    first = vantage.eye_for(scene.room, None, 0, "wall", rng)
    with Stage(
        scene.room, builds, first, size=SIZE, rng=rng_of(seed, 9), extra_xml=props, samples=0
    ) as stage:
        for camera, ticks in enumerate(scenes.moments(scene, EYES, rng)):
            kind_of_eye = vantage.draw_vantage(rng, kind in scenes.LYING, scene.wide)
            eye = vantage.eye_for(scene.room, leading, ticks[-1], kind_of_eye, rng)
            look, shade = draw_look(rng, scene.room.grey), float(rng.uniform(0.5, 1.4))
            filmed_by = Camera(eye, draw_lens(eye, rng), shade)
            stage.aim(eye)
            stage.restyle(rng)
            for tick in ticks:
                drawn = stage.draw([actor.track[tick] for actor in scene.actors])
                frame, whole = frame_of(scene, stage, drawn, filmed_by, tick)
                yield Picture(frame, look, camera, whole)


def draw_lens(eye: Eye, rng: np.random.Generator) -> Lens:
    """The bend of a lens: none, or more of it the wider it is."""
    strong = 0.3 if eye.fovy_deg > 65 else 0.2
    return Lens(float(rng.choice([0.0, rng.uniform(0.02, strong)])))


def frame_of(
    scene: Scene, stage: Stage, drawn: Drawn, camera: Camera, tick: int
) -> tuple[RenderedFrame, bool]:
    """A drawing of a scene at a tick as the camera sees it, without its look, and whether everyone
    who shows is labelled."""
    rgb = _seen(camera, drawn.rgb, drawn.depth_m)
    owner = np.asarray(camera.lens.warp(drawn.owner, exact=True), np.int16)
    people, whole = _people(scene, stage, camera.eye, drawn.owner, owner)
    plane = plane_of(camera.eye, SIZE)
    return RenderedFrame(tick / RATE_HZ, rgb, people, owner == -2, plane), whole


def picture_of(stage: Stage, poses: Sequence[NDArray[np.float64]], camera: Camera) -> Rgb:
    """What a camera sees of people in these poses, H×W×3 uint8, without its look; unlabelled."""
    return _seen(camera, *stage.picture(poses))


def _seen(camera: Camera, rgb: Rgb, depth_m: NDArray[np.float32]) -> Rgb:
    soft = darken(smooth_edges(rgb, depth_m), depth_m, camera.shade)
    return np.asarray(camera.lens.warp(soft), np.uint8)


def _people(
    scene: Scene, stage: Stage, eye: Eye, straight: NDArray[np.int16], owner: NDArray[np.int16]
) -> tuple[tuple[LabelledBox, ...], bool]:
    """Boxes around visible pixels; nobody's state is told from a hand or a foot alone."""
    height, width = owner.shape
    out, whole = [], True
    for number in range(len(scene.actors)):
        rows, columns = np.nonzero(owner == number)
        if not len(rows):
            continue
        top, left = int(rows.min()), int(columns.min())
        tall, wide = int(rows.max()) + 1 - top, int(columns.max()) + 1 - left
        if min(tall, wide) < SHORT_PX_MIN or max(tall, wide) < LONG_PX_MIN:
            whole = False
            continue
        box = Box(left / width, top / height, wide / width, tall / height)
        state = (
            state_in(scene, stage, number) if _shown(stage, eye, straight, number) >= 0.3 else None
        )
        out.append(LabelledBox(box, state))
    return tuple(out), whole


def _shown(stage: Stage, eye: Eye, owner: NDArray[np.int16], number: int) -> float:
    """Share of a person's main bones that are not hidden and not out of the picture."""
    height, width = owner.shape
    shown = 0
    for bone in _BONES:
        at = project(eye, stage.data.body(f"p{number}/{bone}").xpos, width / height)
        if at is None or not (0 <= at[0] < 1 and 0 <= at[1] < 1):
            continue
        row, column = int(at[1] * height), int(at[0] * width)
        around = owner[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
        shown += bool((around == number).any())
    return shown / len(_BONES)


def state_in(scene: Scene, stage: Stage, number: int) -> State | None:
    """By `truth`, but who sits on the floor on purpose is low, and who slid there and sits propped
    is between two states: None."""
    room, name = scene.room, f"p{number}"
    build = scene.actors[number].build
    state = state_of(stage.model, stage.data, build, room.raised, name, pads=room.pads)
    if state == "down" and tilt_deg(stage.data, name) < PROPPED_DEG:
        return "low" if number == 0 and scene.kind == "sit_on_floor" else None
    return state
