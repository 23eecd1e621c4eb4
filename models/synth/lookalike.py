"""What is taken for a spill and is none: shadows, patches of light, mats, paper, decals, stains.

Painters as in `liquid`, which says what they take and give.
"""

from __future__ import annotations

import cv2
import numpy as np

from models.synth import texture
from models.synth.blotch import Blotch, wobble
from models.synth.liquid import Image, Mask, Painter, lightness
from models.synth.view import FloorPlane


def form_of(rng: np.random.Generator, kind: str) -> str:
    """The outline a kind of thing has: liquids and stains run, things have corners."""
    if kind in ("mat", "paper"):
        return "slab" if rng.random() < 0.85 else "disc"
    if kind == "decal":
        return str(rng.choice(["disc", "slab"]))
    if kind in ("shadow", "light"):
        return str(rng.choice(["blob", "slab", "disc"], p=[0.6, 0.25, 0.15]))
    return "blob"


def shadow(
    rgb: Image, floor: Mask, inside: Image, shape: Blotch, plane: FloorPlane,
    rng: np.random.Generator,
) -> Image:  # fmt: skip
    """Less light and nothing else: the floor's texture stays; a wide half-shadow at times."""
    dark = np.float32(rng.uniform(0.35, 0.9))
    cool = np.array([1.0, 1.0, 1.0], np.float32) + np.float32(rng.uniform(0, 0.05)) * np.array(
        [-1, 0, 1], np.float32
    )
    depth = np.clip(inside / rng.choice([1.0, 4.0, 12.0, 25.0]), 0, 1)[..., None]
    return np.asarray(rgb * (1 - depth * (1 - dark * cool)), np.float32)


def light(
    rgb: Image, floor: Mask, inside: Image, shape: Blotch, plane: FloorPlane,
    rng: np.random.Generator,
) -> Image:  # fmt: skip
    """Sun or a lamp on the floor, at times with a window's bars."""
    bright = rng.uniform(1.15, 2.4)
    warm = np.array([1.0, rng.uniform(0.92, 1.0), rng.uniform(0.75, 1.0)], np.float32)
    soft = np.clip(inside / rng.choice([1.0, 3.0, 10.0]), 0, 1)
    x, _ = plane.metres(*floor.shape)
    if rng.random() < 0.4:
        soft = soft * (np.abs(((x - shape.x) / (shape.radius_m * 0.8)) % 1.0 - 0.5) > 0.06)
    lit = rgb * (1 + soft[..., None].astype(np.float32) * (bright * warm - 1))
    glow = rng.uniform(0, 0.25) * soft[..., None]
    return np.asarray(np.clip(lit + glow * warm, 0, 1), np.float32)


def mat(
    rgb: Image, floor: Mask, inside: Image, shape: Blotch, plane: FloorPlane,
    rng: np.random.Generator,
) -> Image:  # fmt: skip
    """A rug, doormat or dark plate: cloth with a hem."""
    base = texture.colour(rng, (0.0, 0.7), (0.05, 0.8))
    x, y = plane.metres(*floor.shape)
    u, v = (
        np.clip((x - shape.x) / shape.radius_m, -9, 9),
        np.clip((y - shape.y) / shape.radius_m, -9, 9),
    )
    cloth = texture.cloth(rng, base).astype(np.float32) / 255.0
    scale = texture.SIDE * rng.uniform(0.15, 0.6)
    drawn = cv2.remap(
        cloth, (u * scale).astype(np.float32), (v * scale).astype(np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP,
    )  # fmt: skip
    hem = np.asarray(texture.colour(rng, (0, 0.6), (0.05, 0.9)), np.float32)
    on_hem = (inside < rng.choice([0.0, 3.0, 6.0]))[..., None]
    return np.asarray(np.where(on_hem, hem, drawn) * lightness(rgb, floor)[..., None], np.float32)


def paper(
    rgb: Image, floor: Mask, inside: Image, shape: Blotch, plane: FloorPlane,
    rng: np.random.Generator,
) -> Image:  # fmt: skip
    """Paper, foil or a cloth left lying: pale, creased, without gloss."""
    tone = np.asarray(texture.colour(rng, (0, 0.2), (0.7, 1.0)), np.float32)
    x, y = plane.metres(*floor.shape)
    u, v = (
        np.clip((x - shape.x) / shape.radius_m, -9, 9),
        np.clip((y - shape.y) / shape.radius_m, -9, 9),
    )
    crease = 0.06 * wobble(rng, u, v, 1.5) + 0.04 * wobble(rng, u, v, 4.0)
    return np.asarray(tone * lightness(rgb, floor)[..., None] * (1 + crease[..., None]), np.float32)


def decal(
    rgb: Image, floor: Mask, inside: Image, shape: Blotch, plane: FloorPlane,
    rng: np.random.Generator,
) -> Image:  # fmt: skip
    """A floor sign, tape or painted figure: flat colours with rings, bars or stripes."""
    first = np.asarray(texture.colour(rng, (0.3, 1.0), (0.3, 1.0)), np.float32)
    second = np.asarray(texture.colour(rng, (0.0, 0.4), (0.0, 1.0)), np.float32)
    arrival = shape.arrival(*plane.metres(*floor.shape))
    x, y = plane.metres(*floor.shape)
    style = int(rng.integers(3))
    if style == 0:
        other = (arrival > 0.7) & (arrival < 0.88)
    elif style == 1:
        other = ((x + y) / shape.radius_m * rng.uniform(1, 3)) % 1.0 < 0.5
    else:
        other = (np.abs(x - shape.x) < 0.15 * shape.radius_m) & (arrival < 0.8)
    flat = np.where(other[..., None], second, first)
    shown = rng.uniform(0.75, 1.0)
    return np.asarray(
        shown * flat * lightness(rgb, floor)[..., None] + (1 - shown) * rgb, np.float32
    )


def stain(
    rgb: Image, floor: Mask, inside: Image, shape: Blotch, plane: FloorPlane,
    rng: np.random.Generator,
) -> Image:  # fmt: skip
    """Dried long ago: flat, uneven, thin, the floor's grain seen through it."""
    tone = np.asarray(texture.colour(rng, (0.05, 0.6), (0.2, 0.9), (0.04, 0.14)), np.float32)
    x, y = plane.metres(*floor.shape)
    u, v = (
        np.clip((x - shape.x) / shape.radius_m, -9, 9),
        np.clip((y - shape.y) / shape.radius_m, -9, 9),
    )
    patchy = np.clip(0.5 + 0.35 * wobble(rng, u, v, 1.2) + 0.2 * wobble(rng, u, v, 4.0), 0, 1)
    share = (rng.uniform(0.15, 0.5) * patchy)[..., None]
    return np.asarray(rgb * (1 - share) + share * rgb * (0.2 + 0.8 * tone), np.float32)


PAINTERS: dict[str, Painter] = {
    "shadow": shadow, "light": light, "mat": mat, "paper": paper, "decal": decal, "stain": stain,
}  # fmt: skip
