"""A camera's look for hours of pictures: the same as `camera.Look`, near enough, in a tenth of its
time. The tone curve is a table, and the noise is taken from a few sheets drawn beforehand."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth.camera import Look
from models.synth.daylight import SMALL, Moment

Rgb = NDArray[np.uint8]
SHEETS, MARGIN_PX = 4, 48


class Signal:
    """What one camera sends: `send` takes the light's picture and gives the camera's."""

    def __init__(self, look: Look, size: tuple[int, int], rng: np.random.Generator) -> None:
        self._size = size
        self._infrared = replace(look, saturation=0.0, tint=(1, 1, 1), noise=look.noise * 1.5)
        self._look = look
        self._sheets = [self._sheet(look, rng) for _ in range(SHEETS)]
        y, x = np.linspace(-1, 1, SMALL[1])[:, None], np.linspace(-1, 1, SMALL[0])[None, :]
        self._rim = np.asarray(((x**2 + y**2) / 2) ** 1.3, np.float32)

    def send(self, rgb: Rgb, moment: Moment, rng: np.random.Generator) -> Rgb:
        """H×W×3 as delivered in this light; `rng` picks this frame's noise."""
        look, (width, height) = self._infrared if moment.infrared else self._look, self._size
        rim = 1 - (look.vignette + (0.3 if moment.infrared else 0.0)) * self._rim
        field = cv2.resize(np.asarray(moment.field * rim, np.float32), (width, height))
        gain = moment.gain * look.exposure
        lit = cv2.multiply(rgb, cv2.merge([field] * 3), scale=gain, dtype=cv2.CV_8U)
        toned = cv2.LUT(cv2.transform(lit, _matrix(look)), _curve(look.gamma))
        if look.blur_px > 0.2:
            toned = cv2.GaussianBlur(toned, (5, 5), look.blur_px)
        return np.asarray(cv2.add(toned, self._noise(rng, gain), dtype=cv2.CV_8U), np.uint8)

    def _noise(self, rng: np.random.Generator, gain: float) -> NDArray[np.int16]:
        """A piece of a sheet, never twice at the same place in a row; more at a higher gain."""
        width, height = self._size
        x, y = (int(v) for v in rng.integers(0, MARGIN_PX, 2))
        piece = self._sheets[int(rng.integers(SHEETS))][y : y + height, x : x + width]
        if gain > 1.3:
            return np.asarray(piece * min(gain, 3.0), np.int16)
        return piece

    def _sheet(self, look: Look, rng: np.random.Generator) -> NDArray[np.int16]:
        width, height = self._size[0] + MARGIN_PX, self._size[1] + MARGIN_PX
        fine = rng.standard_normal((height, width, 3), np.float32) * look.noise
        coarse = rng.standard_normal((height // 3 + 1, width // 3 + 1, 3), np.float32)
        wide = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(np.rint(255 * (fine + look.coarse_noise * wide)), np.int16)


def _matrix(look: Look) -> NDArray[np.float32]:
    """Saturation and tint as one 3×3 matrix."""
    grey = np.tile(np.array([0.3, 0.59, 0.11], np.float32), (3, 1))
    mixed = look.saturation * np.eye(3, dtype=np.float32) + (1 - look.saturation) * grey
    return np.asarray(np.array(look.tint, np.float32)[:, None] * mixed, np.float32)


def _curve(gamma: float) -> NDArray[np.uint8]:
    """Shoulder and gamma of `camera.Look` over 256 levels."""
    x = np.arange(256, dtype=np.float32) / 255
    over = np.maximum(x - 0.75, 0)
    rolled = np.minimum(x, 0.75) + 0.25 * (1 - np.exp(-over / 0.25))
    return np.asarray(np.clip(255 * rolled**gamma, 0, 255), np.uint8)
