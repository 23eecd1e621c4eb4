"""How liquids on a floor look: opaque, dark, a clear film with colour, merely wet, or mirroring.

A painter takes the ground it paints on and gives the picture as if all of it were wet. It draws
the same numbers from `rng` whatever the growth, so a clip does not flicker.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth import mirror, texture
from models.synth.blotch import wobble
from models.synth.mirror import Ground, Image, reflected

__all__ = ["PAINTERS", "Ground", "Image", "Painter", "lightness", "reflected"]
Painter = Callable[[Ground, np.random.Generator], Image]
Range = tuple[float, float]

# Ranges of hue, saturation and value, and of how much of the floor a thick layer hides.
_OPAQUE: tuple[tuple[Range, Range, Range, Range], ...] = (
    ((0.08, 0.14), (0.02, 0.15), (0.85, 1.0), (0.8, 0.98)),  # milk, yoghurt
    ((0.06, 0.13), (0.6, 0.95), (0.6, 0.95), (0.6, 0.9)),  # orange juice, thick oil
    ((0.04, 0.09), (0.4, 0.9), (0.1, 0.45), (0.7, 0.95)),  # coffee, gravy
    ((0.97, 1.02), (0.6, 0.95), (0.2, 0.65), (0.7, 0.95)),  # blood, red juice, ketchup
    ((0.05, 0.1), (0.25, 0.6), (0.5, 0.8), (0.5, 0.9)),  # tea or coffee with milk
    ((0.0, 1.0), (0.3, 0.9), (0.3, 0.95), (0.6, 0.95)),  # paint, detergent
)
_FILMS: tuple[tuple[Range, Range, Range, Range], ...] = (
    ((0.05, 0.1), (0.3, 0.75), (0.5, 0.85), (0.05, 0.5)),  # tea
    ((0.11, 0.16), (0.5, 0.98), (0.45, 0.9), (0.1, 0.6)),  # cooking oil, urine
    ((0.05, 0.12), (0.5, 0.9), (0.6, 0.95), (0.1, 0.5)),  # juice, beer
    ((0.02, 0.08), (0.4, 0.9), (0.15, 0.5), (0.1, 0.5)),  # cola, coffee, used oil
    ((0.96, 1.02), (0.4, 0.9), (0.3, 0.8), (0.1, 0.5)),  # wine, syrup
    ((0.25, 0.7), (0.2, 0.7), (0.5, 0.95), (0.05, 0.4)),  # coolant, cleaner
)


def opaque(ground: Ground, rng: np.random.Generator) -> Image:
    """Milk, juice, coffee, blood, paint: its own colour under the floor's light, and gloss."""
    hue, saturation, value, hide = _OPAQUE[int(rng.integers(len(_OPAQUE)))]
    tone = np.asarray(texture.colour(rng, saturation, value, hue), np.float32)
    body = _filtered(ground, tone, rng.uniform(*hide), 0.3 + rng.uniform(0, 0.7), rng)
    body = body * _rim(ground.inside, rng.uniform(1.0, 2.5), rng.uniform(0.0, 0.3))
    return _shine(body, ground, _gloss(rng, 1.0, 10.0), rng)


def dark(ground: Ground, rng: np.random.Generator) -> Image:
    """Black oil: nothing of its own to see, so the room in it is plain."""
    tone = np.asarray(texture.colour(rng, (0.0, 0.6), (0.01, 0.13), (0.0, 0.12)), np.float32)
    hides = rng.uniform(0.85, 1.0)
    body = _filtered(ground, tone, hides, 1.0, rng)
    return _shine(body, ground, _gloss(rng, 1.5, 25.0), rng)


def film(ground: Ground, rng: np.random.Generator) -> Image:
    """Tea, oil, juice: the floor and its joints are seen through it, in its colour."""
    hue, saturation, value, hide = _FILMS[int(rng.integers(len(_FILMS)))]
    tone = np.asarray(texture.colour(rng, saturation, value, hue), np.float32)
    body = _filtered(ground, tone, rng.uniform(*hide), rng.uniform(0.35, 1.3), rng)
    body = body * _rim(ground.inside, rng.uniform(1.0, 2.5), rng.uniform(0.05, 0.35))
    return _shine(body, ground, _gloss(rng, 1.0, 14.0), rng)


def wet(ground: Ground, rng: np.random.Generator) -> Image:
    """A floor or carpet that has drunk water: darker, fuller in colour, its roughness filled."""
    depth, fuller, fill = rng.uniform(0.45, 0.88), rng.uniform(1.0, 1.5), rng.uniform(0.2, 0.9)
    fine = ground.rgb - cv2.GaussianBlur(ground.rgb, (0, 0), rng.uniform(0.8, 2.0))
    smooth = ground.rgb - fill * fine
    grey = smooth.mean(axis=2, keepdims=True)
    body = np.clip(grey + fuller * (smooth - grey), 0, 1) * depth
    body = body * _rim(ground.inside, rng.uniform(1.0, 3.0), rng.uniform(0.0, 0.15))
    gloss = 0.0 if rng.random() < 0.35 else _gloss(rng, 0.2, 2.0)
    return _shine(body, ground, gloss, rng)


def clear(ground: Ground, rng: np.random.Generator) -> Image:
    """Clear water: the floor a little darker, and the room upside down on it."""
    depth, fill = rng.uniform(0.68, 0.95), rng.uniform(0.3, 1.0)
    smooth = ground.rgb + fill * (cv2.GaussianBlur(ground.rgb, (0, 0), 1.2) - ground.rgb)
    body = smooth * depth * _rim(ground.inside, rng.uniform(1.0, 2.2), rng.uniform(0.1, 0.45))
    return _shine(body, ground, _gloss(rng, 2.0, 16.0), rng)


PAINTERS: dict[str, Painter] = {
    "opaque": opaque, "dark": dark, "film": film, "wet": wet, "mirror": clear,
}  # fmt: skip


def lightness(ground: Ground) -> Image:
    """How bright the light falls on the floor, 1 on average: the floor's own, smoothed."""
    rgb, floor = ground.rgb, ground.floor
    grey = rgb.mean(axis=2) * floor
    sigma = max(3.0, rgb.shape[1] / 40)
    weight = cv2.GaussianBlur(floor.astype(np.float32), (0, 0), sigma) + 1e-3
    smooth = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), sigma) / weight
    mean = float(smooth[floor].mean()) if floor.any() else 1.0
    level = np.clip(0.35 + 0.9 * mean, 0.3, 1.0)  # liquids are dark in a dark room
    return np.asarray(np.clip(smooth / max(mean, 0.02), 0.3, 1.8) * level, np.float32)


def _gloss(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _filtered(
    ground: Ground, tone: Image, hides: float, deep: float, rng: np.random.Generator
) -> Image:
    """The floor through a layer that filters light by `tone` to the power of its depth `deep`,
    and sends back its own colour where it is thick. Uneven floors make depth uneven."""
    u, v = ground.around()
    uneven = 1 + rng.uniform(0, 0.35) * np.clip(wobble(rng, u, v, rng.uniform(0.5, 1.5)), -2, 2)
    edge = np.clip(rng.uniform(0.4, 1.0) + ground.inside / rng.uniform(3, 30), 0, 1)
    thick = np.asarray(np.clip(edge * uneven, 0.1, 1.6), np.float32)[..., None]
    smooth = cv2.GaussianBlur(ground.rgb, (0, 0), rng.uniform(0.5, 1.2))
    through = smooth * np.clip(tone, 0.02, 1) ** (deep * thick)
    share = np.clip(hides * thick, 0, 1)
    own = tone * lightness(ground)[..., None]
    return np.asarray(share * own + (1 - share) * through, np.float32)


def _shine(
    body: NDArray[np.floating], ground: Ground, gloss: float, rng: np.random.Generator
) -> Image:
    """`body` under a level surface that mirrors: little from above, much at a low angle."""
    u, v = ground.around()
    ripple = wobble(rng, u, v, rng.uniform(0.6, 3.0))
    sideways = (_gloss(rng, 0.05, 3.0) * ripple).astype(np.float32)
    image = reflected(ground.rgb, ground.floor, sideways)
    image = mirror.furniture(image, ground, sideways, rng)
    lit = mirror.lamps(ground, sideways, rng)
    blur = _gloss(rng, 0.35, 2.5)
    soft = cv2.GaussianBlur(image, (0, 0), sigmaX=blur, sigmaY=blur * rng.uniform(1, 2))
    glow = cv2.GaussianBlur(lit, (0, 0), max(0.4, blur * 0.7))
    level = np.clip(ground.inside / 1.5, 0, 1).astype(np.float32)  # the rim is not
    share = (mirror.mirrored_share(ground, gloss) * level)[..., None]
    out = body * (1 - share) + share * soft
    glare = np.float32(np.clip(gloss * rng.uniform(0.1, 0.5), 0, 1))
    out = out + (glare * level)[..., None] * glow * np.clip(1.1 - out, 0, 1)
    rounded = 1 + rng.uniform(0, 0.3) * _bulge(ground.inside, rng.uniform(0.8, 2.5))
    return np.asarray(out * rounded[..., None], np.float32)


def _rim(inside: Image, wide_px: float, depth: float) -> Image:
    """A dark line just inside the edge, where the film bends."""
    return np.asarray(1 - depth * np.exp(-((inside / wide_px) ** 2)), np.float32)[..., None]


def _bulge(inside: Image, wide_px: float) -> NDArray[np.floating]:
    """−1 to 1 along the edge, where a liquid's rounded rim turns from the light or towards it."""
    down = np.gradient(inside, axis=0)
    lean = np.clip(down, -1, 1) * np.exp(-((inside / wide_px - 1) ** 2))
    return np.asarray(-lean, np.float32)
