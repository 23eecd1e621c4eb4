"""What a lossy network, a worn cable or a failing decoder makes of a picture.

Blocks are those of the stream before it was made small: 16 pixels of a picture 1280 wide or so.
"""

from __future__ import annotations

import cv2
import numpy as np

from edge.core.types import Rgb
from models.faults.drawn import fixed, passing, px

GREEN = (0, 135, 0)  # what a decoder that got nothing (YUV 0, 0, 0) shows
_BLOCK_640 = (16.0, 10.7, 8.0, 5.3)  # of 640: streams 640 to 1920 pixels wide


def _block(rgb: Rgb, seed: int) -> int:
    return max(4, round(px(rgb, float(fixed(seed).choice(_BLOCK_640)))))


def lost_slices(rgb: Rgb, at_s: float, strength: float, seed: int) -> Rgb:
    """Rows of blocks that never came: filled with what was above them, or grey; others each time,
    about the share `strength` of the picture."""
    rng, side = passing(seed, at_s), _block(rgb, seed)
    out: Rgb = rgb.copy()
    height, lost = rgb.shape[0], 0
    while lost < strength * height * rng.uniform(0.7, 1.0):
        deep = min(int(rng.integers(1, 6)) * side, height)
        top = int(rng.integers(0, max(1, (height - deep) // side + 1))) * side
        left = int(rng.integers(0, rgb.shape[1] // side // 2)) * side
        part = out[top : top + deep, left:]
        if rng.random() < 0.3:
            part[:] = 128
        else:
            part[:] = out[max(0, top - 1), left:][None]
        lost += deep
    return out


def green(rgb: Rgb, at_s: float, strength: float, seed: int) -> Rgb:
    """From some row on nothing was decoded."""
    if not strength:
        return rgb
    side = _block(rgb, seed)
    share = strength * passing(seed, at_s).uniform(0.8, 1.0)
    out: Rgb = rgb.copy()
    out[int(rgb.shape[0] * (1 - share)) // side * side :] = GREEN
    return out


def torn(rgb: Rgb, at_s: float, strength: float, seed: int) -> Rgb:
    """Bands of lines that begin at the wrong place: no sync."""
    if not strength:
        return rgb
    rng = passing(seed, at_s)
    height, width = rgb.shape[:2]
    cuts = np.sort(rng.integers(0, height, 2 + int(10 * strength)))
    out: Rgb = rgb.copy()
    for top, bottom in zip(cuts[::2], cuts[1::2], strict=False):
        by = int(rng.uniform(-0.4, 0.4) * width)
        out[top:bottom] = np.roll(rgb[top:bottom], by, axis=1)
    return out


def ghosts(rgb: Rgb, at_s: float, strength: float, seed: int) -> Rgb:
    """The key picture was lost: blocks are grey but for traces, or come from the wrong place."""
    rng, side = passing(seed, at_s // 4 * 4.0), _block(rgb, seed)
    rows, columns = -(-rgb.shape[0] // side), -(-rgb.shape[1] // side)
    hit = cv2.resize(
        (cv2.blur(rng.random((rows, columns)), (5, 3)) < 0.35 + 0.25 * strength).astype(np.uint8),
        (columns * side, rows * side),
        interpolation=cv2.INTER_NEAREST,
    )[: rgb.shape[0], : rgb.shape[1], None].astype(bool)
    if not strength:
        return rgb
    by = rng.integers(-2 * side, 2 * side + 1, 2)
    wrong = np.roll(rgb, tuple(int(v) for v in by), axis=(0, 1))
    traces = np.clip(128 + (rgb.astype(np.int16) - wrong) // 2, 0, 255).astype(np.uint8)
    return np.where(hit, traces if rng.random() < 0.5 else wrong, rgb).astype(np.uint8)
