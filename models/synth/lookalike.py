"""What is taken for a spill and is none: shadows, patches of light, mats, paper, decals, stains.

Painters as in `liquid`, which says what they take and give.
"""

from __future__ import annotations

import cv2
import numpy as np

from models.synth import texture, thing
from models.synth.blotch import wobble
from models.synth.liquid import Image, Painter, lightness
from models.synth.mirror import Ground

LIQUID_FORMS = ("blob", "pool", "pour", "splash", "drips", "tracks")
LIQUID_ODDS = (0.3, 0.28, 0.14, 0.16, 0.05, 0.07)


def form_of(rng: np.random.Generator, kind: str) -> str:
    """The outline a kind of thing has. Everything that can have a liquid's outline has it often,
    so that the outline alone tells nothing."""
    things = {
        "mat": ("slab", "disc", "pillow"), "paper": ("slab", "disc"), "bag": ("pillow",),
        "decal": ("slab", "disc"), "cushion": ("pillow", "disc", "slab"), "table": ("disc", "disc"),
        "patch": ("slab",), "glare": ("disc",), "polish": ("disc",), "shadow": ("slab", "disc"),
        "light": ("slab", "disc"),
    }  # fmt: skip
    running = {"shadow": 0.65, "light": 0.5, "mat": 0.2, "paper": 0.2, "bag": 0.6, "cushion": 0.4,
               "decal": 0.1}  # fmt: skip
    if kind in things and rng.random() >= running.get(kind, 0.0):
        return str(rng.choice(things[kind]))
    return str(rng.choice(LIQUID_FORMS, p=LIQUID_ODDS))


def shadow(ground: Ground, rng: np.random.Generator) -> Image:
    """Less light and nothing else: the floor's texture stays; a wide half-shadow at times."""
    dark = np.float32(rng.uniform(0.35, 0.9))
    cool = (1.0 + rng.uniform(0, 0.05) * np.array([-1, 0, 1])).astype(np.float32)
    depth = np.clip(ground.inside / rng.choice([1.0, 4.0, 12.0, 25.0]), 0, 1)[..., None]
    return np.asarray(ground.rgb * (1 - depth * (1 - dark * cool)), np.float32)


def light(ground: Ground, rng: np.random.Generator) -> Image:
    """Sun or a lamp on the floor, at times with a window's bars."""
    bright = rng.uniform(1.15, 2.4)
    warm = np.array([1.0, rng.uniform(0.92, 1.0), rng.uniform(0.75, 1.0)], np.float32)
    soft = np.clip(ground.inside / rng.choice([1.0, 3.0, 10.0]), 0, 1)
    across, _ = ground.around()
    if rng.random() < 0.4:
        soft = soft * (np.abs((across / 0.8) % 1.0 - 0.5) > 0.06)
    lit = ground.rgb * (1 + soft[..., None].astype(np.float32) * (bright * warm - 1))
    glow = rng.uniform(0, 0.25) * soft[..., None]
    return np.asarray(np.clip(lit + glow * warm, 0, 1), np.float32)


def mat(ground: Ground, rng: np.random.Generator) -> Image:
    """A rug, doormat or dark plate: cloth with a hem."""
    base = texture.colour(rng, (0.0, 0.7), (0.05, 0.8))
    u, v = ground.around()
    cloth = texture.cloth(rng, base).astype(np.float32) / 255.0
    scale = texture.SIDE * rng.uniform(0.15, 0.6)
    drawn = cv2.remap(
        cloth, (u * scale).astype(np.float32), (v * scale).astype(np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP,
    )  # fmt: skip
    hem = np.asarray(texture.colour(rng, (0, 0.6), (0.05, 0.9)), np.float32)
    on_hem = (ground.inside < rng.choice([0.0, 3.0, 6.0]))[..., None]
    return np.asarray(np.where(on_hem, hem, drawn) * lightness(ground)[..., None], np.float32)


def paper(ground: Ground, rng: np.random.Generator) -> Image:
    """Paper, foil or a cloth left lying: pale, creased, without gloss."""
    tone = np.asarray(texture.colour(rng, (0, 0.2), (0.7, 1.0)), np.float32)
    u, v = ground.around()
    crease = 0.06 * wobble(rng, u, v, 1.5) + 0.04 * wobble(rng, u, v, 4.0)
    return np.asarray(tone * lightness(ground)[..., None] * (1 + crease[..., None]), np.float32)


def decal(ground: Ground, rng: np.random.Generator) -> Image:
    """A floor sign, tape or painted figure: flat colours with rings, bars or stripes."""
    first = np.asarray(texture.colour(rng, (0.3, 1.0), (0.3, 1.0)), np.float32)
    second = np.asarray(texture.colour(rng, (0.0, 0.4), (0.0, 1.0)), np.float32)
    arrival = ground.shape.arrival(*ground.plane.metres(*ground.floor.shape))
    u, v = ground.around()
    style = int(rng.integers(3))
    if style == 0:
        other = (arrival > 0.7) & (arrival < 0.88)
    elif style == 1:
        other = ((u + v) * rng.uniform(1, 3)) % 1.0 < 0.5
    else:
        other = (np.abs(u) < 0.15) & (arrival < 0.8)
    flat = np.where(other[..., None], second, first)
    shown = rng.uniform(0.75, 1.0)
    return np.asarray(
        shown * flat * lightness(ground)[..., None] + (1 - shown) * ground.rgb, np.float32
    )


def stain(ground: Ground, rng: np.random.Generator) -> Image:
    """Dried long ago: flat, uneven, thin, the floor's grain seen through it."""
    tone = np.asarray(texture.colour(rng, (0.05, 0.6), (0.2, 0.9), (0.04, 0.14)), np.float32)
    u, v = ground.around()
    patchy = np.clip(0.5 + 0.35 * wobble(rng, u, v, 1.2) + 0.2 * wobble(rng, u, v, 4.0), 0, 1)
    share = (rng.uniform(0.15, 0.5) * patchy)[..., None]
    return np.asarray(
        ground.rgb * (1 - share) + share * ground.rgb * (0.2 + 0.8 * tone), np.float32
    )


PAINTERS: dict[str, Painter] = {
    "shadow": shadow, "light": light, "mat": mat, "paper": paper, "decal": decal, "stain": stain,
    **thing.PAINTERS,
}  # fmt: skip
