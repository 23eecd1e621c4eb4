"""How a room's light and its camera change over a clip while nothing happens: lamps, flicker, sun
patches, shadows of passers-by outside, exposure, infrared, shake. All from one seed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth.plane import FloorPlane

Field = NDArray[np.float32]
SMALL = (160, 90)  # width and height in which light is computed
# What may happen to the light of a clip, and how likely each is.
CHANGES = {
    "lamp": 0.35, "flicker": 0.2, "sun": 0.3, "shadow": 0.35, "exposure": 0.3, "infrared": 0.15,
    "shake": 0.25,
}  # fmt: skip


@dataclass(frozen=True)
class Moment:
    """The light of one frame: `field` multiplies the scene (any small size), `gain` is the
    exposure's; the picture is moved by `shift_px`."""

    field: Field
    gain: float
    infrared: bool
    shift_px: tuple[float, float]


def draw_changes(rng: np.random.Generator) -> list[str]:
    """What happens to the light of a clip."""
    return [name for name, odds in CHANGES.items() if rng.random() < odds]


class Daylight:
    """`at(t)` gives the light at a second of a clip in which the `changes` happen."""

    def __init__(
        self, plane: FloorPlane, floor: NDArray[np.bool_], seconds: float,
        changes: Sequence[str], rng: np.random.Generator,
    ) -> None:  # fmt: skip
        """`floor` is H×W, where bare floor shows."""
        small = cv2.resize(floor.astype(np.float32), SMALL, interpolation=cv2.INTER_AREA)
        self._changes, self._seconds, self._rng = changes, seconds, rng
        self._floor = np.asarray(small, np.float32)
        x, y = plane.metres(SMALL[1], SMALL[0])
        self._x, self._y = x.astype(np.float32), y.astype(np.float32)
        bare = small > 0.5
        self._middle = (
            (float(np.median(x[bare])), float(np.median(y[bare]))) if bare.any() else plane.foot
        )
        layers = {
            "sun": self._sun, "shadow": self._shadows, "lamp": self._lamp,
            "flicker": self._flicker,
        }  # fmt: skip
        self._layers = [draw() for name, draw in layers.items() if name in changes]
        self._night_s = float(rng.uniform(0.3, 0.7)) * seconds
        self._bumps_s = np.sort(rng.uniform(0, seconds, 4))
        self._steps_s, self._gains = np.sort(rng.uniform(0, seconds, 3)), rng.uniform(0.6, 1.6, 4)

    def at(self, t: float, rng: np.random.Generator) -> Moment:
        """The light at a second; `rng` shakes the camera."""
        field = np.ones(SMALL[::-1], np.float32)
        for layer in self._layers:
            field = np.asarray(field * layer(t), np.float32)
        night = "infrared" in self._changes
        infrared, gain = night and t > self._night_s, 1.0
        if night and not infrared:  # dusk falls before it
            gain = max(0.35, min(1.0, 1.4 - 1.1 * t / self._night_s))
        if "exposure" in self._changes:
            gain *= float(self._gains[np.searchsorted(self._steps_s, t)])
        gain /= max(0.3, float(field.mean())) ** 0.5  # exposure makes up for half of the lamps
        shaken = "shake" in self._changes and any(0 <= t - at < 5 for at in self._bumps_s)
        shift = (float(rng.normal(0, 2)), float(rng.normal(0, 1.5))) if shaken else (0.0, 0.0)
        return Moment(field, gain, infrared, shift)

    def _lamp(self) -> Callable[[float], Field]:
        """A lamp on one side goes off or on, two or three times."""
        rng = self._rng
        switches = np.sort(rng.uniform(0, self._seconds, int(rng.integers(2, 4))))
        angle, dark = float(rng.uniform(0, 2 * math.pi)), float(rng.uniform(0.3, 0.75))
        x, y = np.meshgrid(np.linspace(-1, 1, SMALL[0]), np.linspace(-1, 1, SMALL[1]))
        side = 0.5 + 0.5 * np.tanh(1.2 * (x * math.cos(angle) + y * math.sin(angle)))
        off = np.asarray(1 - (1 - dark) * side, np.float32)
        on = np.ones_like(off)
        return lambda t: off if np.searchsorted(switches, t) % 2 else on

    def _flicker(self) -> Callable[[float], Field]:
        """A tube that will soon be replaced: fast and slow beats for a minute or two."""
        start, deep = self._rng.uniform(0, 0.8) * self._seconds, self._rng.uniform(0.05, 0.25)
        rate = self._rng.uniform(0.3, 1.1)

        def at(t: float) -> Field:
            if not start < t < start + 120:
                return np.ones((1, 1), np.float32)
            beat = math.sin(2 * math.pi * rate * t) * math.sin(11.7 * t)
            return np.full((1, 1), 1 - deep * max(0.0, beat), np.float32)

        return at

    def _sun(self) -> Callable[[float], Field]:
        """A window's patch on the floor that moves a little and comes and goes with the clouds."""
        rng = self._rng
        x0, y0 = (float(m + rng.normal(0, 0.8)) for m in self._middle)
        yaw, half_x, half_y = rng.uniform(0, math.pi), rng.uniform(0.3, 0.9), rng.uniform(0.5, 1.6)
        drift, strong = rng.uniform(-1.0, 1.0, 2) / 600, float(rng.uniform(0.4, 1.4))
        cloud, bars = float(rng.uniform(40, 150)), bool(rng.random() < 0.5)

        def at(t: float) -> Field:
            dx, dy = self._x - x0 - drift[0] * t, self._y - y0 - drift[1] * t
            u = (math.cos(yaw) * dx + math.sin(yaw) * dy) / half_x
            v = (-math.sin(yaw) * dx + math.cos(yaw) * dy) / half_y
            inside = np.clip(8 * (1 - np.abs(u)), 0, 1) * np.clip(8 * (1 - np.abs(v)), 0, 1)
            if bars:
                inside = inside * np.clip(12 * np.abs(u), 0, 1)
            bright = strong * (0.5 + 0.5 * math.tanh(3 * math.sin(2 * math.pi * t / cloud)))
            return np.asarray(1 + bright * inside * self._floor, np.float32)

        return at

    def _shadows(self) -> Callable[[float], Field]:
        """Somebody passes outside a window or a lamp: a soft dark shape crosses the floor."""
        rng = self._rng
        starts = np.sort(rng.uniform(0, self._seconds, 8))
        ways, deep = rng.uniform(0, 2 * math.pi, 8), rng.uniform(0.2, 0.6, 8)

        def at(t: float) -> Field:
            out = np.ones(SMALL[::-1], np.float32)
            for start, way, dark in zip(starts, ways, deep, strict=True):
                if not 0 <= t - start < 4:
                    continue
                along = 2.2 * (t - start - 2)
                dx = self._x - self._middle[0] - along * math.cos(way)
                dy = self._y - self._middle[1] - along * math.sin(way)
                u = dx * math.cos(way) + dy * math.sin(way)
                v = dy * math.cos(way) - dx * math.sin(way)
                out *= 1 - dark * np.exp(-((u / 0.4) ** 2) - (v / 1.1) ** 2)
            return out

        return at


def shifted(rgb: NDArray[np.uint8], shift_px: tuple[float, float]) -> NDArray[np.uint8]:
    """The picture moved by so many pixels to the right and down."""
    if shift_px == (0.0, 0.0):
        return rgb
    move = np.array([[1, 0, shift_px[0]], [0, 1, shift_px[1]]], np.float32)
    size = (rgb.shape[1], rgb.shape[0])
    return np.asarray(cv2.warpAffine(rgb, move, size, borderMode=cv2.BORDER_REPLICATE), np.uint8)
