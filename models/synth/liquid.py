"""How liquids on a floor look: opaque, merely wet, or clear and mirroring.

A painter takes the ground it paints on and gives the picture as if all of it were wet. It draws
the same numbers from `rng` whatever the growth, so a clip does not flicker.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth import texture
from models.synth.blotch import Blotch, Field, wobble
from models.synth.plane import FloorPlane

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Ground:
    """What is painted on: the picture `rgb` (H×W×3, 0–1), its floor mask, how many pixels inside
    the edge of the shape each pixel lies, the shape, and the floor plane."""

    rgb: Image
    floor: Mask
    inside: Image
    shape: Blotch
    plane: FloorPlane

    def around(self) -> tuple[Field, Field]:
        """Floor coordinates relative to the shape, in its radii, kept within ±9."""
        x, y = self.plane.metres(*self.floor.shape)
        u = (x - self.shape.x) / self.shape.radius_m
        v = (y - self.shape.y) / self.shape.radius_m
        return np.clip(u, -9, 9), np.clip(v, -9, 9)


Painter = Callable[[Ground, np.random.Generator], Image]

# Name → colour range in hue, saturation and value; how much of the floor it hides.
_LIQUIDS: tuple[
    tuple[tuple[float, float], tuple[float, float], tuple[float, float], float], ...
] = (
    ((0.08, 0.14), (0.02, 0.12), (0.85, 1.0), 0.95),  # milk, yoghurt
    ((0.06, 0.13), (0.6, 0.95), (0.6, 0.95), 0.8),  # orange juice, oil with colour
    ((0.05, 0.09), (0.5, 0.9), (0.1, 0.4), 0.85),  # coffee
    ((0.07, 0.11), (0.5, 0.9), (0.35, 0.65), 0.55),  # tea
    ((0.97, 1.02), (0.7, 0.95), (0.25, 0.65), 0.9),  # blood, red juice
    ((0.05, 0.15), (0.0, 0.5), (0.02, 0.12), 0.95),  # black oil
    ((0.11, 0.16), (0.4, 0.8), (0.5, 0.85), 0.45),  # cooking oil, urine
    ((0.0, 1.0), (0.4, 0.9), (0.3, 0.9), 0.75),  # paint, detergent
)


def opaque(ground: Ground, rng: np.random.Generator) -> Image:
    """Milk, juice, coffee, blood, oil: its own colour under the floor's light, a little gloss."""
    hue, saturation, value, hides = _LIQUIDS[int(rng.integers(len(_LIQUIDS)))]
    tone = np.asarray(texture.colour(rng, saturation, value, hue), np.float32)
    hides *= rng.uniform(0.8, 1.0)
    shade = lightness(ground)
    thick = np.clip(0.75 + ground.inside / rng.uniform(8, 40), 0, 1)[..., None] * hides
    through = ground.rgb * (0.25 + 0.75 * tone)  # what shines through takes its colour
    body = thick * tone * shade[..., None] + (1 - thick) * through
    gloss, rim = rng.uniform(0.1, 1.6), rng.uniform(0.0, 0.3)
    body = body * _rim(ground.inside, rng.uniform(1.0, 2.5), rim)
    return _shine(body, ground, gloss, rng)


def wet(ground: Ground, rng: np.random.Generator) -> Image:
    """A floor that has drunk water: darker, fuller in colour, its fine roughness filled."""
    dark, fuller, fill = rng.uniform(0.45, 0.92), rng.uniform(1.0, 1.5), rng.uniform(0.3, 0.9)
    fine = ground.rgb - cv2.GaussianBlur(ground.rgb, (0, 0), rng.uniform(0.8, 2.0))
    smooth = ground.rgb - fill * fine
    grey = smooth.mean(axis=2, keepdims=True)
    body = np.clip(grey + fuller * (smooth - grey), 0, 1) * dark
    body = body * _rim(ground.inside, rng.uniform(1.0, 3.0), rng.uniform(0.0, 0.15))
    return _shine(body, ground, rng.uniform(0.0, 0.8), rng)


def mirror(ground: Ground, rng: np.random.Generator) -> Image:
    """Clear water: the floor a little darker, and the room upside down on it."""
    dark, fill = rng.uniform(0.72, 0.97), rng.uniform(0.3, 1.0)
    smooth = ground.rgb + fill * (cv2.GaussianBlur(ground.rgb, (0, 0), 1.2) - ground.rgb)
    body = smooth * dark * _rim(ground.inside, rng.uniform(1.0, 2.2), rng.uniform(0.1, 0.45))
    return _shine(body, ground, rng.uniform(1.5, 4.0), rng)


PAINTERS: dict[str, Painter] = {"opaque": opaque, "wet": wet, "mirror": mirror}


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


def reflected(rgb: Image, floor: Mask, sideways: Image) -> Image:
    """The scene mirrored at the line where the floor meets it, per column; `sideways` ripples."""
    height, width = floor.shape
    rows = np.arange(height, dtype=np.float32)[:, None]
    ragged = np.maximum.accumulate(np.where(floor, -1.0, rows), axis=0).astype(np.float32)
    # Unsmoothed, the line of contact would tear the image in columns.
    met = cv2.GaussianBlur(cv2.blur(ragged, (9, 1)), (0, 0), 2.0)
    up = np.clip(2 * met - rows, 0, height - 1).astype(np.float32)
    across = np.arange(width, dtype=np.float32)[None, :] + sideways
    found = cv2.remap(
        rgb, across.astype(np.float32), up, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    return np.asarray(found, np.float32)


def _shine(
    body: NDArray[np.floating], ground: Ground, gloss: float, rng: np.random.Generator
) -> Image:
    """`body` under a film that mirrors as water does: little from above, much at a low angle."""
    u, v = ground.around()
    ripple = wobble(rng, u, v, rng.uniform(0.6, 3.0))
    mirrored = reflected(
        ground.rgb, ground.floor, (rng.uniform(0, 3.0) * ripple).astype(np.float32)
    )
    image = cv2.GaussianBlur(
        mirrored, (0, 0), sigmaX=rng.uniform(0.5, 3.0), sigmaY=rng.uniform(1.0, 5.0)
    )
    fresnel = 0.03 + 0.97 * (1 - ground.plane.steepness(*ground.floor.shape)) ** 3.5
    film = np.clip(ground.inside / 2.5, 0, 1) * (0.85 + 0.15 * np.clip(ripple, -2, 2))
    share = np.clip(gloss * fresnel * film, 0, 0.9)[..., None]
    out = body * (1 - 0.8 * share) + share * image
    glint = np.clip(wobble(rng, u, v, rng.uniform(2, 6)) - rng.uniform(1.6, 3.0), 0, 1)
    body_light = 1 + rng.uniform(0, 0.2) * _bulge(ground.inside, rng.uniform(1.0, 3.0))
    bright = float(np.quantile(ground.rgb[::4, ::4].mean(axis=2), 0.97))
    out = (
        out * body_light[..., None]
        + (glint * np.clip(gloss, 0, 1) * film * bright * rng.uniform(0.1, 0.7))[..., None]
    )
    return np.asarray(out, np.float32)


def _rim(inside: Image, wide_px: float, depth: float) -> Image:
    """A dark line just inside the edge, where the film bends."""
    return np.asarray(1 - depth * np.exp(-((inside / wide_px) ** 2)), np.float32)[..., None]


def _bulge(inside: Image, wide_px: float) -> NDArray[np.floating]:
    """−1 to 1 along the edge, where a liquid's rounded rim turns from the light or towards it."""
    down = np.gradient(inside, axis=0)
    lean = np.clip(down, -1, 1) * np.exp(-((inside / wide_px - 1) ** 2))
    return np.asarray(-lean, np.float32)
