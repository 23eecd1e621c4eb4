"""Another lamp, another lens, another sensor, another encoder: what cameras do to a picture."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.types import Rgb

Floats = NDArray[np.float32]
STAMP_FONTS = (cv2.FONT_HERSHEY_PLAIN, cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX)


def disturb(rgb: Rgb, rng: np.random.Generator) -> Rgb:
    """H×W×3 uint8 as some other camera would have delivered it; nothing moves."""
    x = _sensor(_light(rgb.astype(np.float32), rng), rng)
    out = np.clip(x, 0, 255).astype(np.uint8)
    if rng.random() < 0.15:
        out = stamp(out, rng)
    if rng.random() < 0.45:
        quality = int(rng.uniform(15, 85))
        _, code = cv2.imencode(".jpg", out, [cv2.IMWRITE_JPEG_QUALITY, quality])
        out = np.asarray(cv2.imdecode(code, cv2.IMREAD_COLOR), np.uint8)
    return out


def _light(x: Floats, rng: np.random.Generator) -> Floats:
    """Brightness, contrast, tint; infrared; a dim room."""
    if rng.random() < 0.8:
        x = 255.0 * (x / 255.0) ** np.float32(np.exp(rng.normal(0, 0.25)))
        x = x * np.float32(rng.uniform(0.65, 1.25)) + np.float32(rng.uniform(-15, 15))
        x = x * rng.normal(1, 0.06, 3).astype(np.float32)
    kind = rng.random()
    if kind < 0.18:  # infrared and cheap night modes
        x = np.repeat(x.mean(2, keepdims=True), 3, 2)
        if rng.random() < 0.5:
            x = x * _lamp(x.shape[0], x.shape[1], rng)[..., None]
    elif kind < 0.5:
        grey = x.mean(2, keepdims=True)
        x = grey + (x - grey) * np.float32(rng.uniform(0.3, 1.4))
    if rng.random() < 0.08:  # lights out but for the corridor's
        x = x * np.float32(rng.uniform(0.15, 0.45))
    return np.asarray(x, np.float32)


def _lamp(height: int, width: int, rng: np.random.Generator) -> Floats:
    """How an infrared lamp on the camera lights a picture: bright in the middle, dim at the rim."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    cy, cx = rng.uniform(0.3, 0.7, 2)
    away = (y / height - cy) ** 2 + (x / width - cx) ** 2
    return np.asarray(1.15 - rng.uniform(0.5, 1.6) * away, np.float32)


def _sensor(x: Floats, rng: np.random.Generator) -> Floats:
    """Fewer pixels, a soft or hasty lens, sharpening, noise."""
    height, width = x.shape[:2]
    if rng.random() < 0.2:  # an old camera, enlarged
        scale = rng.uniform(0.3, 0.8)
        small = (max(8, int(width * scale)), max(8, int(height * scale)))
        x = np.asarray(cv2.resize(x, small, interpolation=cv2.INTER_AREA), np.float32)
        x = np.asarray(cv2.resize(x, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
    kind = rng.random()
    if kind < 0.22:
        x = np.asarray(cv2.GaussianBlur(x, (0, 0), rng.uniform(0.4, 1.4)), np.float32)
    elif kind < 0.3:
        x = np.asarray(cv2.filter2D(x, -1, _streak(rng)), np.float32)
    elif kind < 0.4:
        soft = np.asarray(cv2.GaussianBlur(x, (0, 0), 1.2), np.float32)
        x = x + np.float32(rng.uniform(0.3, 1.2)) * (x - soft)
    if rng.random() < 0.5:
        noise = rng.standard_normal(x.shape[:2], dtype=np.float32)[..., None]
        x = x + noise * np.float32(rng.uniform(1, 12))
    return np.asarray(x, np.float32)


def _streak(rng: np.random.Generator) -> Floats:
    """The kernel of a movement of 3 to 7 pixels while the shutter is open."""
    side = int(rng.choice([3, 5, 7]))
    kernel: Floats = np.zeros((side, side), np.float32)
    angle, middle = rng.uniform(0, np.pi), side // 2
    reach = np.array([np.cos(angle), np.sin(angle)]) * middle
    ends = [tuple(int(v) for v in np.round(middle + sign * reach)) for sign in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0)
    return np.asarray(kernel / kernel.sum(), np.float32)


def stamp(rgb: Rgb, rng: np.random.Generator) -> Rgb:
    """The time and a name written into the picture, as recorders do."""
    out: Rgb = rgb.copy()
    height, width = out.shape[:2]
    font = int(rng.choice(STAMP_FONTS))
    size = float(rng.uniform(0.35, 0.9)) * (2.0 if font == cv2.FONT_HERSHEY_PLAIN else 1.0)
    colour = [(255, 255, 255), (255, 255, 0), (0, 255, 0), (0, 0, 0)][int(rng.integers(4))]
    digits = rng.integers(0, 10, 14)
    texts = (
        "20{}{}-{}{}-{}{} {}{}:{}{}:{}{}".format(*digits[:12]),
        f"{rng.choice(['CAM', 'Camera', 'CH', 'IPC', 'Ward', 'Aisle'])} {digits[12]}{digits[13]}",
    )
    for text in texts[: int(rng.integers(1, 3))]:
        (wide, tall), _ = cv2.getTextSize(text, font, size, 1)
        x = int(rng.choice([4, max(4, width - wide - 4)]))
        y = int(rng.choice([tall + 4, height - 6]))
        if rng.random() < 0.4:
            dark = tuple(255 - c for c in colour)
            cv2.putText(out, text, (x, y), font, size, dark, 3, cv2.LINE_AA)
        cv2.putText(out, text, (x, y), font, size, colour, 1, cv2.LINE_AA)
    return out
