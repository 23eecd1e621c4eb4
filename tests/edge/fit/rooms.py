"""A drawn room with a sensor's noise: what the camera of these tests sees."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.types import Rgb
from edge.fit import State, Verdict, step

NS = 1_000_000_000
WIDTH, HEIGHT = 320, 180
_NOISES = 16


@cache
def furnished(shape: int = 7) -> NDArray[np.float32]:
    """The room without noise; `shape` draws the furniture."""
    rng = np.random.default_rng(shape)
    view = np.full((HEIGHT, WIDTH, 3), 150, np.float32)
    view[HEIGHT // 2 :] = 105
    for _ in range(30):
        x, y = int(rng.integers(0, WIDTH - 20)), int(rng.integers(5, HEIGHT - 15))
        w, h = (int(v) for v in rng.integers(8, 50, 2))
        colour = tuple(float(v) for v in rng.uniform(20, 235, 3))
        cv2.rectangle(view, (x, y), (x + w, y + h), colour, -1)
        cv2.line(view, (x, y), (x + w, y + h), (30.0, 30.0, 30.0), 1)
    return view


@cache
def _noise(seed: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    return rng.normal(0, 2.0, (HEIGHT, WIDTH, 1)).astype(np.float32)


def filmed(view: NDArray[np.float32], seed: int) -> Rgb:
    """As a camera sends it at second `seed`."""
    rgb: Rgb = np.clip(view + _noise(seed % _NOISES), 0, 255).astype(np.uint8)
    return rgb


def room(seed: int, *, light: float = 1.0, shape: int = 7) -> Rgb:
    """180×320×3; `seed` is of the noise, `shape` of the furniture."""
    return filmed(furnished(shape) * np.float32(light), seed)


def infrared(seed: int) -> Rgb:
    """The same room by the camera's own lamp: grey, bright in the middle, colours otherwise."""
    grey = furnished() @ np.array([0.7, -0.1, 0.4], np.float32)
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    lamp = 1.2 - ((x / WIDTH - 0.5) ** 2 + (y / HEIGHT - 0.5) ** 2) * 2
    return filmed(np.repeat((grey * lamp)[..., None], 3, 2).astype(np.float32), seed)


def watch(
    pictures: Iterable[Rgb], state: State | None = None, *, from_s: int = 0, hour: float = 12.0
) -> tuple[State, list[Verdict]]:
    """What is said of each of these pictures, one a second."""
    state, said = state or State(), []
    for second, rgb in enumerate(pictures, from_s):
        state, verdict = step(state, rgb, second * NS, hour)
        said.append(verdict)
    return state, said


@cache
def known(seconds: int = 70) -> State:
    """A camera that has watched the room for so long."""
    return watch(room(second) for second in range(seconds))[0]
