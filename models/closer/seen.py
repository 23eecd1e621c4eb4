"""A close-up as a camera sends it from afar and the network is shown it: other colours, another
cut, few pixels, noise, blur and a codec's traces."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.types import Box, Rgb
from models import colours
from models.closer.network import SIDE

SPAN = 1.7  # times as wide as whom it is about is long
SPANS = (1.35, 2.1)
OFF = 0.08  # how far from the box's middle, of its longest side (standard deviation)
LONG_PX = (18.0, 90.0)  # how long somebody is in the camera's full picture
TURN_DEG = 5.0
BLUR_PX, NOISE, SHARPEN, QUALITY = (0.3, 1.1), (1.0, 9.0), (0.2, 1.2), (18, 85)
BLURRED, NOISY, SHARPENED, CODED = 0.6, 0.7, 0.3, 0.75  # shares
CUT_OFF, HIDDEN = 0.2, (0.1, 0.55)  # share that ends at the picture's edge, and how much of the box
EDGES = (0.5, 0.2, 0.2, 0.1)  # below, on the right, on the left, above


def varied(rgb: Rgb, box: Box, rng: np.random.Generator) -> Rgb:
    """SIDE×SIDE, about the box (fractions of `rgb`), as some camera would show it."""
    if rng.random() < CUT_OFF:
        rgb, box = ended(rgb, box, int(rng.choice(4, p=EDGES)), rng.uniform(*HIDDEN))
    longest = max(box.w, box.h) * rgb.shape[1]
    middle = [at * rgb.shape[1] + rng.normal(0, OFF) * longest for at in box.centre]
    side = longest * rng.uniform(*SPANS)
    seen_px = min(longest, math.exp(rng.uniform(*np.log(LONG_PX))))
    size = max(12, round(side / longest * seen_px))
    mirrored = rng.random() < 0.5
    turn = math.radians(rng.normal(0, TURN_DEG))
    small = _cut(colours.varied(rgb, rng), middle, side, size, turn=turn)
    return _enlarged(_sent(small[:, ::-1] if mirrored else small, rng))


def ended(rgb: Rgb, box: Box, edge: int, hidden: float) -> tuple[Rgb, Box]:
    """The same where the camera's picture ends within the box, and what shows of it: so much of it
    is hidden below, on the right, on the left or above (0–3). Beyond the edge its last pixels go
    on, as `edge.core.second` fills it."""
    upright, at_begin = edge in (0, 3), edge in (2, 3)
    out = np.ascontiguousarray(rgb if upright else rgb.transpose(1, 0, 2))
    begin, length = (box.y, box.h) if upright else (box.x, box.w)
    if at_begin:
        line = round((begin + hidden * length) * len(out))
        out = np.concatenate([np.repeat(out[line : line + 1], line, 0), out[line:]])
        begin += hidden * length
    else:
        line = round((begin + (1 - hidden) * length) * len(out))
        out = np.concatenate([out[:line], np.repeat(out[line - 1 : line], len(out) - line, 0)])
    length *= 1 - hidden
    if upright:
        return out, Box(box.x, begin, box.w, length)
    return np.ascontiguousarray(out.transpose(1, 0, 2)), Box(begin, box.y, length, box.h)


def plain(rgb: Rgb, box: Box, seen_px: float) -> Rgb:
    """SIDE×SIDE, about the box, which is so long in the camera's picture."""
    longest = max(box.w, box.h) * rgb.shape[1]
    middle = [at * rgb.shape[1] for at in box.centre]
    return _enlarged(_cut(rgb, middle, SPAN * longest, round(SPAN * min(seen_px, longest))))


def _cut(rgb: Rgb, middle: list[float], side: float, size: int, *, turn: float = 0.0) -> Rgb:
    """The square of that side about a point, turned by so many radians, size×size."""
    scale = size / side
    if scale < 0.9:  # what is finer than a pixel is no pixel's
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), 0.45 / scale), np.uint8)
    c, s = scale * math.cos(turn), scale * math.sin(turn)
    way = np.array([[c, -s, 0.0], [s, c, 0.0]])
    way[:, 2] = size / 2 - way[:, :2] @ np.array(middle)
    edge = cv2.BORDER_REPLICATE
    found = cv2.warpAffine(np.ascontiguousarray(rgb), way, (size, size), borderMode=edge)
    return np.asarray(found, np.uint8)


def _sent(rgb: Rgb, rng: np.random.Generator) -> Rgb:
    """What a cheap camera and its codec leave of it."""
    x: NDArray[np.float32] = rgb.astype(np.float32)
    if rng.random() < BLURRED:
        x = np.asarray(cv2.GaussianBlur(x, (0, 0), float(rng.uniform(*BLUR_PX))), np.float32)
    if rng.random() < NOISY:
        x = x + rng.normal(0, rng.uniform(*NOISE), x.shape[:2])[..., None].astype(np.float32)
    if rng.random() < SHARPENED:
        x = x + float(rng.uniform(*SHARPEN)) * (x - np.asarray(cv2.GaussianBlur(x, (0, 0), 1.2)))
    out = np.asarray(np.clip(x, 0, 255), np.uint8)
    if rng.random() >= CODED:
        return out
    _, data = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(*QUALITY))])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _enlarged(rgb: Rgb) -> Rgb:
    how = cv2.INTER_CUBIC if rgb.shape[0] < SIDE else cv2.INTER_AREA
    return np.asarray(cv2.resize(rgb, (SIDE, SIDE), interpolation=how), np.uint8)
