"""Spills staged on a site's own camera, and as many things that are none.

A scene is one spot on the floor of the view: a liquid that spreads, a thing put down, a shadow or
light that wanders. What it does to the clean view is painted once, in stages; each picture of the
clip then gets it under its own light and noise, behind whoever stands in front.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from alerts.errors import UserError
from models.synth import spill
from models.synth.staged_site import Site
from models.synth.staged_view import Image, Mask, Rgb, View, in_front, light

Does = Literal["spreads", "is put down", "comes", "comes and goes"]
LAID: tuple[spill.OtherKind, ...] = ("mat", "paper", "bag", "cushion", "table")
LIT: tuple[spill.OtherKind, ...] = ("shadow", "light", "glare")
ONSET_S, SPREAD_S, LAID_S, LIT_S = (10.0, 18.0), (4.0, 15.0), 0.4, 25.0
STAGES, TRIES = 20, 60
RADIUS = (0.03, 0.16)  # of the picture's width
AREA_MIN, INSIDE_MIN, CHANGE_MIN = 0.0012, 0.97, 0.04
MARGIN_PX = 24


class NoRoom(UserError):
    """The floor is too small or thin for a puddle."""


@dataclass(frozen=True)
class Scene:
    """One clip to be: the spot, what it does, from when and for how long, in seconds of the clip;
    the way (metres on the floor) that light and shadow wander."""

    name: str
    spot: spill.Spot
    does: Does
    onset_s: float
    lasts_s: float
    way: tuple[float, float] = (0.0, 0.0)

    @property
    def wet(self) -> bool:
        """Whether it is a spill."""
        return self.spot.kind in spill.SPILLS

    def progress(self, at_s: float) -> float:
        """How far it has got, 0–1."""
        share = (at_s - self.onset_s) / self.lasts_s
        if share <= 0:
            return 0.0
        # A poured liquid spreads fast at first, then ever slower.
        return float(min(1.0, share) ** (0.6 if self.does == "spreads" else 1.0))


def draw_scene(name: str, wet: bool, site: Site, rng: np.random.Generator) -> Scene:
    """A scene at random; raises NoRoom."""
    kinds: tuple[spill.SpillKind | spill.OtherKind, ...] = spill.SPILLS
    does: Does = "spreads"
    if not wet and rng.random() < 0.5:
        kinds, does = LAID, "is put down"
    elif not wet:
        kinds, does = LIT, "comes" if rng.random() < 0.5 else "comes and goes"
    spot = draw_spot(kinds[int(rng.integers(len(kinds)))], site, rng)
    onset = float(rng.uniform(*ONSET_S))
    lasts = {"spreads": float(rng.uniform(*SPREAD_S)), "is put down": LAID_S}.get(does, LIT_S)
    angle, far = rng.uniform(0, 2 * math.pi), rng.uniform(0.2, 1.5) * spot.shape.radius_m
    way = (far * math.cos(angle), far * math.sin(angle)) if kinds is LIT else (0.0, 0.0)
    return Scene(name, spot, does, onset, lasts, way)


def draw_spot(
    kind: spill.SpillKind | spill.OtherKind, site: Site, rng: np.random.Generator
) -> spill.Spot:
    """A spot that lies on the floor nearly whole, is large enough and can be seen; raises NoRoom.
    What the edge of a polygon cuts would look cut."""
    floor, clean = site.floor, site.view.clean
    low, high = (math.log(r * floor.shape[1]) for r in RADIUS)
    for number in range(TRIES):
        radius = math.exp(rng.uniform(low, high)) * (1 - 0.8 * number / TRIES)
        try:
            spot = spill.draw_spot(rng, kind, floor, site.plane, radius)
        except spill.NoFloor as error:
            raise NoRoom("the floor is too small; give --floor more of it") from error
        arrival = spot.shape.arrival(*site.plane.metres(*floor.shape)) <= 1
        shown = int((arrival & floor).sum())
        if shown < AREA_MIN * floor.size or shown < INSIDE_MIN * int(arrival.sum()):
            continue
        drawn = spill.cover(clean, floor, spot)
        change = np.abs(drawn.surface - clean.astype(np.float32) / 255.0).mean(axis=2)
        if float(change[drawn.mask].mean()) >= CHANGE_MIN:
            return spot
    raise NoRoom("nothing fits on the floor; give --floor a larger or wider part of it")


@dataclass(frozen=True)
class Staging:
    """A scene painted on a clean view. `box` (left, top, right, bottom, pixels) is where it
    happens; `colours` and `alphas` are what it adds there and how much it hides, by stage (the
    first is nothing); `masks` what it covers."""

    scene: Scene
    box: tuple[int, int, int, int]
    colours: list[Image]
    alphas: list[Image]
    masks: list[Mask]

    def on(self, rgb: Rgb, view: View, at_s: float) -> tuple[Rgb, Mask]:
        """The picture with the scene in it, and the pixels (H×W) where its liquid shows."""
        stage = self.scene.progress(at_s) * (len(self.alphas) - 1)
        visible = np.zeros(rgb.shape[:2], np.bool_)
        if stage <= 0:
            return rgb, visible
        left, top, right, bottom = self.box
        here = np.s_[top:bottom, left:right]
        now, clean = (x[here].astype(np.float32) / 255.0 for x in (rgb, view.clean))
        front = in_front(now, clean, view.noise)
        gain = light(now, clean, front)[..., None]
        low = min(int(stage), len(self.alphas) - 2)
        part = np.float32(stage - low)
        colour = self.colours[low] * (1 - part) + self.colours[low + 1] * part
        alpha = self.alphas[low] * (1 - part) + self.alphas[low + 1] * part
        behind = cv2.GaussianBlur(1 - front.astype(np.float32), (0, 0), 0.8)[..., None]
        # The sensor's noise and the encoder's blocks lie on a liquid as on the floor.
        rest = np.clip(now - clean * gain, -0.1, 0.1)
        pasted = now + behind * (colour * gain + alpha * (0.8 * rest - now))
        out = rgb.copy()
        out[here] = np.clip(pasted * 255.0 + 0.5, 0, 255).astype(np.uint8)
        visible[here] = self.masks[math.ceil(stage)] & ~front
        return out, visible if self.scene.wet else np.zeros_like(visible)


def staging(scene: Scene, site: Site) -> Staging:
    """Paint the scene's stages."""
    covers = [_stage(scene, site, number / STAGES) for number in range(1, STAGES + 1)]
    touched = np.any([c.alpha > 0 for c in covers], axis=0)
    box = _box(touched)
    here = np.s_[box[1] : box[3], box[0] : box[2]]
    alphas = [c.alpha[here][..., None] for c in covers]
    colours = [c.alpha[here][..., None] * c.surface[here] for c in covers]
    nothing = np.zeros_like(alphas[0])
    return Staging(
        scene, box, [np.zeros_like(colours[0]), *colours], [nothing, *alphas],
        [np.zeros_like(covers[0].mask[here]), *(c.mask[here] for c in covers)],
    )  # fmt: skip


def _stage(scene: Scene, site: Site, share: float) -> spill.Cover:
    clean, spot = site.view.clean, scene.spot
    if scene.does == "spreads":
        return spill.cover(clean, site.floor, spot, share)
    x, y = spot.shape.x + scene.way[0] * share, spot.shape.y + scene.way[1] * share
    drawn = spill.cover(clean, site.floor, replace(spot, shape=replace(spot.shape, x=x, y=y)))
    strength = {"is put down": share, "comes": min(1.0, 4 * share)}.get(
        scene.does, min(1.0, 4 * share, 4 * (1 - share))
    )
    return replace(drawn, alpha=drawn.alpha * np.float32(strength))


def _box(touched: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """The part of the picture that changes, with a margin for what is told from around it."""
    rows, columns = np.flatnonzero(touched.any(axis=1)), np.flatnonzero(touched.any(axis=0))
    height, width = touched.shape
    if not len(rows):
        return 0, 0, width, height
    return (
        max(0, int(columns[0]) - MARGIN_PX), max(0, int(rows[0]) - MARGIN_PX),
        min(width, int(columns[-1]) + MARGIN_PX), min(height, int(rows[-1]) + MARGIN_PX),
    )  # fmt: skip
