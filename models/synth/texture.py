"""Surfaces drawn from noise: floors, walls, cloth, wood. All tile without a seam.

A texture is H×W×3 uint8 RGB. Colours are triples 0–1.
"""

from __future__ import annotations

import colorsys

import cv2
import numpy as np
from numpy.typing import NDArray

Texture = NDArray[np.uint8]
Field = NDArray[np.float32]
Colour = tuple[float, float, float]
SIDE = 256


def noise(rng: np.random.Generator, side: int = SIDE, slope: float = 1.0) -> Field:
    """Periodic noise side×side, mean 0, deviation 1; `slope` 0 is grain, 2 is clouds."""
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :])
    frequency[0, 0] = 1.0
    white = np.fft.rfft2(rng.standard_normal((side, side)))
    white[0, 0] = 0.0
    field = np.fft.irfft2(white / frequency**slope, s=(side, side)).astype(np.float32)
    return np.asarray(field / (field.std() + 1e-9), np.float32)


def colour(
    rng: np.random.Generator,
    saturation: tuple[float, float] = (0.0, 0.4),
    value: tuple[float, float] = (0.3, 0.9),
    hue: tuple[float, float] = (0.0, 1.0),
) -> Colour:
    """A colour drawn from ranges of hue, saturation and value, each 0–1."""
    return colorsys.hsv_to_rgb(
        rng.uniform(*hue) % 1.0, rng.uniform(*saturation), rng.uniform(*value)
    )


def shaded(base: Colour, shade: Field) -> Texture:
    """`base` multiplied by 1 + `shade`, as a picture."""
    rgb = np.asarray(base, np.float32) * (1.0 + shade[..., None])
    return np.asarray(np.clip(rgb * 255.0, 0, 255), np.uint8)


def plain(rng: np.random.Generator, base: Colour, rough: float = 0.03) -> Texture:
    """Paint, plaster, linoleum or concrete, by how rough it is."""
    return shaded(base, rough * noise(rng, slope=1.4) + rough * 0.4 * noise(rng, slope=0.2))


def tiles(rng: np.random.Generator, base: Colour, across: int) -> Texture:
    """Square tiles with joints, each tile a little different; a second colour at times."""
    cell = SIDE // across
    per_tile = rng.normal(0, rng.uniform(0.005, 0.06), (across, across)).astype(np.float32)
    if rng.random() < 0.25:
        per_tile += np.where(np.indices((across, across)).sum(0) % 2, -0.35, 0.0).astype(np.float32)
    shade = np.kron(per_tile, np.ones((cell, cell), np.float32))
    whole = cv2.resize(shade, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
    shade = np.asarray(whole, np.float32) + rng.uniform(0.0, 0.05) * noise(rng, slope=1.6)
    joint, depth = int(rng.integers(1, 4)), rng.uniform(-0.4, 0.15)
    for at in range(0, SIDE - joint, cell):
        shade[at : at + joint] = depth
        shade[:, at : at + joint] = depth
    return shaded(base, shade)


def planks(rng: np.random.Generator, base: Colour, rows: int) -> Texture:
    """Wooden boards lying along x, with grain and staggered joints."""
    grain = cv2.resize(noise(rng, SIDE, 0.8), None, fx=1.0, fy=1.0)
    grain = cv2.blur(np.hstack([grain, grain]), (41, 1))[:, :SIDE]
    shade = 0.10 * grain / (grain.std() + 1e-6) * rng.uniform(0.3, 1.0)
    height = SIDE // rows
    for row in range(rows):
        top, joint = row * height, int(rng.integers(0, SIDE))
        shade[top : top + height] += rng.normal(0, 0.07)
        shade[top : top + 1] -= 0.3
        shade[top : top + height, joint : joint + 2] -= 0.25
    return shaded(base, shade)


def terrazzo(rng: np.random.Generator, base: Colour) -> Texture:
    """Polished stone chips in two or three tones."""
    picture = plain(rng, base, 0.02).astype(np.float32)
    for _ in range(int(rng.integers(2, 4))):
        chips = noise(rng, slope=rng.uniform(0.5, 0.9)) > rng.uniform(1.2, 2.0)
        picture[chips] = np.asarray(colour(rng, (0, 0.3), (0.15, 0.95)), np.float32) * 255.0
    return np.asarray(picture, np.uint8)


def cloth(rng: np.random.Generator, base: Colour) -> Texture:
    """A garment's cloth: plain, striped, checked or printed, with creases."""
    shade = 0.08 * noise(rng, slope=1.8) + 0.03 * noise(rng, slope=0.3)
    picture = shaded(base, shade).astype(np.float32)
    kind, other = rng.random(), np.asarray(colour(rng, (0, 0.8), (0.1, 1.0)), np.float32) * 255.0
    period, width = int(rng.integers(16, 65)), rng.uniform(0.15, 0.5)
    band = (np.arange(SIDE) % period) < width * period
    if kind < 0.15:
        picture[band] = 0.75 * other + 0.25 * picture[band]
    elif kind < 0.25:
        picture[band] = 0.5 * other + 0.5 * picture[band]
        picture[:, band] = 0.5 * other + 0.5 * picture[:, band]
    elif kind < 0.33:
        picture[noise(rng, slope=1.2) > 1.0] = other
    return np.asarray(np.clip(picture, 0, 255), np.uint8)


def floor(rng: np.random.Generator) -> tuple[Texture, float]:
    """A floor covering and how many times it repeats per metre."""
    kind = rng.choice(["tiles", "wood", "carpet", "terrazzo", "vinyl", "concrete"])
    base = colour(rng, (0.0, 0.16), (0.3, 0.92), (0.02, 0.18) if rng.random() < 0.7 else (0.0, 1.0))
    if kind == "tiles":
        across = int(rng.choice([2, 4, 8]))
        return tiles(rng, base, across), 1.0 / (across * rng.uniform(0.2, 0.6))
    if kind == "wood":
        base = colour(rng, (0.2, 0.6), (0.3, 0.8), (0.05, 0.12))
        return planks(rng, base, int(rng.integers(6, 14))), rng.uniform(0.5, 0.9)
    if kind == "carpet":
        base = colour(rng, (0.05, 0.45), (0.2, 0.6))
        return plain(rng, base, 0.10), rng.uniform(0.7, 1.4)
    if kind == "terrazzo":
        return terrazzo(rng, base), rng.uniform(0.5, 1.0)
    return plain(rng, base, rng.uniform(0.01, 0.08)), rng.uniform(0.2, 0.6)


def window(rng: np.random.Generator) -> Texture:
    """What is seen through a window: bright sky, dim greenery, nothing sharp."""
    ramp = np.linspace(1.0, rng.uniform(0.3, 0.8), SIDE, dtype=np.float32)[:, None, None]
    sky = np.asarray(colour(rng, (0.0, 0.25), (0.85, 1.0), (0.5, 0.62)), np.float32)
    picture = np.clip(ramp * sky + 0.06 * noise(rng, slope=1.7)[..., None], 0, 1) * 255.0
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 2), np.uint8)
