"""What a cheap camera makes of a scene: applied last, to rendered frames and composites alike."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]


@dataclass(frozen=True)
class Look:
    """One camera's ways, the same over a whole clip. `noise` is the deviation of full scale,
    `jpeg` the quality of compression or 0 for none, `tint` multiplies red, green and blue."""

    exposure: float
    gamma: float
    tint: tuple[float, float, float]
    saturation: float
    blur_px: float
    sharpen: float
    vignette: float
    noise: float
    coarse_noise: float
    jpeg: int

    def apply(self, rgb: Rgb, rng: np.random.Generator) -> Rgb:
        """H×W×3 uint8 as this camera delivers it; `rng` draws the noise of this one frame."""
        x = rgb.astype(np.float32) / 255.0
        grey = x @ np.array([0.3, 0.59, 0.11], np.float32)
        x = grey[..., None] + self.saturation * (x - grey[..., None])
        x = np.clip(x * self.exposure * np.array(self.tint, np.float32), 0, None)
        x = _shoulder(x) ** np.float32(self.gamma)
        x *= (1 - self.vignette * _rim(*rgb.shape[:2]))[..., None]
        if self.blur_px > 0.2:
            x = np.asarray(cv2.GaussianBlur(x, (0, 0), self.blur_px), np.float32)
        x = np.asarray(x + self._grain(x, rng), np.float32)
        if self.sharpen > 0:
            edges = x - np.asarray(cv2.GaussianBlur(x, (0, 0), 1.2), np.float32)
            x = np.asarray(x + self.sharpen * edges, np.float32)
        out = np.asarray(np.clip(x * 255.0, 0, 255), np.uint8)
        return _jpeg(out, self.jpeg) if self.jpeg else out

    def _grain(self, x: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
        height, width = x.shape[:2]
        fine = rng.standard_normal((height, width, 3), np.float32) * self.noise
        coarse = rng.standard_normal((height // 3 + 1, width // 3 + 1, 3), np.float32)
        wide = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
        # Shot noise is strongest in the middle tones after the camera's own curve.
        return np.asarray((fine + self.coarse_noise * wide) * (1.1 - 0.6 * x), np.float32)


def draw_look(rng: np.random.Generator, grey: bool = False) -> Look:
    """A camera at random; `grey` ones see infrared, without colour and with more noise."""
    warm = rng.normal(0, 0.05)
    look = Look(
        exposure=float(rng.uniform(0.8, 1.5)),
        gamma=float(rng.uniform(0.7, 1.2)),
        tint=(1 + warm, 1 + float(rng.normal(0, 0.02)), 1 - warm),
        saturation=float(rng.uniform(0.35, 1.1)),
        blur_px=float(rng.uniform(0.0, 1.1)),
        sharpen=float(rng.choice([0.0, rng.uniform(0.2, 1.2)])),
        vignette=float(rng.uniform(0.0, 0.35)),
        noise=float(rng.uniform(0.002, 0.03)),
        coarse_noise=float(rng.uniform(0.0, 0.015)),
        jpeg=int(rng.integers(28, 92)),
    )
    if grey or rng.random() < 0.06:
        dark = float(rng.uniform(1.0, 2.0)) if grey else look.exposure
        return replace(
            look,
            saturation=0.0,
            tint=(1, 1, 1),
            noise=look.noise * 1.5,
            vignette=look.vignette + 0.25,
            exposure=dark,
        )
    return look


def _shoulder(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Highlights roll off instead of clipping, as cameras' tone curves do."""
    over = np.maximum(x - 0.75, 0)
    return np.asarray(np.minimum(x, 0.75) + 0.25 * (1 - np.exp(-over / 0.25)), np.float32)


def _rim(height: int, width: int) -> NDArray[np.float32]:
    y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)[None, :]
    return np.asarray(((x**2 + y**2) / 2) ** 1.3, np.float32)


def _jpeg(rgb: Rgb, quality: int) -> Rgb:
    _, data = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[..., ::-1])
