"""What the faults are drawn with: seeded noise, soft regions, out-of-focus edges."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.types import Rgb

Floats = NDArray[np.float32]


def fixed(seed: int) -> np.random.Generator:
    """The draws that stay the same from picture to picture."""
    return np.random.default_rng(seed)


def passing(seed: int, at_s: float) -> np.random.Generator:
    """The draws of the picture at that second: the same ones every time it is asked for."""
    return np.random.default_rng((seed, round(at_s * 1000) % 2**31))


def bytes_of(x: Floats) -> Rgb:
    """Cut to what a picture can hold."""
    cut: Rgb = np.clip(x + 0.5, 0, 255).astype(np.uint8)
    return cut


def noisy(x: Floats, rng: np.random.Generator, sigma: float) -> Floats:
    """With the noise of a sensor, standard deviation in 255ths."""
    noise = rng.standard_normal(x.shape[:2], dtype=np.float32)[..., None]
    return np.asarray(x + noise * np.float32(sigma), np.float32)


def size(rgb: Rgb) -> tuple[int, int]:
    """Height and width."""
    return rgb.shape[0], rgb.shape[1]


def px(rgb: Rgb, of_640: float) -> float:
    """A length given for a picture 640 pixels wide, in this picture's pixels."""
    return of_640 * float(max(rgb.shape[:2])) / 640


def soft(x: Floats, sigma: float) -> Floats:
    """Blurred by a Gaussian, through a smaller copy where it is a wide one."""
    if sigma <= 0:
        return x
    step = max(1, int(sigma / 3))
    height, width = x.shape[:2]
    small = cv2.resize(x, (max(1, width // step), max(1, height // step)), interpolation=3)
    blurred = cv2.GaussianBlur(small, (0, 0), sigma / step)
    return np.asarray(cv2.resize(blurred, (width, height), interpolation=1), np.float32)


def clouds(shape: tuple[int, int], rng: np.random.Generator, cells: int) -> Floats:
    """Smooth noise 0–1, about so many humps across."""
    coarse = rng.random((max(2, cells * shape[0] // shape[1]) + 2, cells + 2)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32)


def covered(order: Floats, share: float, border: float) -> Floats:
    """How much of each pixel is covered, 0–1, when the `share` of them that come first in `order`
    are; `border` is how wide, as a share too, the passage is."""
    if share <= 0:
        return np.zeros_like(order)
    ranks = np.sort(order[::4, ::4], axis=None)
    edge = ranks[min(len(ranks) - 1, int(share * len(ranks)))]
    wide = max(1e-6, border * float(ranks[-1] - ranks[0]))
    if share >= 1:
        edge = float(ranks[-1]) + wide
    return np.asarray(np.clip((edge - order) / wide + 0.5, 0, 1), np.float32)


def from_a_side(shape: tuple[int, int], rng: np.random.Generator, waviness: float) -> Floats:
    """An order of pixels from one side of the picture to the other, with a wavy front."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    way = x / shape[1] * np.cos(angle) + y / shape[0] * np.sin(angle)
    return np.asarray(way + waviness * clouds(shape, rng, 5), np.float32)


def over(rgb: Rgb, cover: Floats, how_much: Floats) -> Floats:
    """A cover over a picture, where and as much as `how_much` says."""
    part = how_much[..., None]
    return np.asarray(rgb * (1 - part) + cover * part, np.float32)
