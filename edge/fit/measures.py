"""What one picture tells of the camera that took it, whatever it shows.

Edges are found in a small copy of the picture and kept as a field of directions: for each pixel a
complex number whose angle is twice the direction of the gradient and whose length says how surely
there is an edge, 0–1. Doubling the angle makes bright on dark the same as dark on bright, and the
length hardly depends on contrast (orientation correlation; Fitch et al., BMVC 2002), so that a view
is known again in other light. How sharp a block is shows in the energy of the Laplacian of a copy
of half the size (there is less noise in it), beside that of the small copy's gradient: less light
lowers both, blur mostly the first (variance of the Laplacian; Pech-Pacheco et al., ICPR
2000). What noise adds is estimated from what differs between two pictures.

What a decoder makes of a stream with holes has lines no lens draws: columns that go on downwards
without any change (`smeared`), places without noise (`flat`), and steps that are straight over much
of the picture (`rows`, `columns`).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.core.types import Rgb

Grey = NDArray[np.uint8]  # H×W
Field = NDArray[np.complex64]  # h×w, of the small copy
Blocks = NDArray[np.float32]  # rows×columns
Floats = NDArray[np.float32]
Profile = NDArray[np.float32]  # one number for each row, or each column, of the picture

SMALL_PX = 160  # the longer side of the small copy
BLOCK_PX = 10  # of the small copy
_FAINT = 3.0  # of 255 a pixel: a gradient as strong is half an edge
_BLACK, _WHITE = 24, 250  # below and from here on nothing can be told apart
_SHARP, _STEP = 5, 12  # of 255 from one pixel to the next
_BRIGHT = 235
_FILL = 48  # decoders fill with green (79 of brightness) or grey (128); floors hardly lit are flat
_NOISE_GAIN = 20.0  # the sum of the squares of the Laplacian's kernel: 4² + 4 × 1²
_RUN = np.ones((8, 1), np.uint8)  # pixels downwards without a change
_PATCH = np.ones((6, 6), np.uint8)


@dataclass(frozen=True)
class Measures:
    """`grey` is the picture's brightness, H×W uint8, `edges` the field of directions, `luma`,
    `laplacian` and `gradient` the means of blocks, `noise` what the sensor adds to `laplacian`.
    Shares are of all pixels, 0–1: `black` and `white` show nothing at all, `changed` differ from
    the picture before (1 without one), all of them in a part of it as large as `around`, `smeared`
    and `flat` show signs of a decoder. `rows` and `columns` are the share of each row, and column,
    that differs much from the next one."""

    grey: Grey
    half: Grey
    edges: Field
    luma: Blocks
    laplacian: Blocks
    gradient: Blocks
    noise: float
    black: float
    white: float
    changed: float
    around: float
    smeared: float
    flat: float
    rows: Profile
    columns: Profile


def measure(rgb: Rgb, before: Measures | None = None) -> Measures:
    """Of one picture, H×W×3 uint8, and the measures of the one before it."""
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
    small = _small(grey)
    across = np.asarray(cv2.Sobel(small, cv2.CV_32F, 1, 0, scale=1 / 8), np.float32)
    down = np.asarray(cv2.Sobel(small, cv2.CV_32F, 0, 1, scale=1 / 8), np.float32)
    energy = across * across + down * down
    edges = np.empty(small.shape, np.complex64)
    edges.real = (across * across - down * down) / (energy + _FAINT**2)
    edges.imag = 2 * across * down / (energy + _FAINT**2)
    half = np.asarray(
        cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8
    )
    fine = np.asarray(cv2.Laplacian(half, cv2.CV_32F), np.float32)
    rows, columns = (max(1, side // BLOCK_PX) for side in small.shape)
    laplacian = means(fine * fine, rows, columns)
    counts = np.cumsum(cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel()) / grey.size
    changed, around = _changed(grey, before)
    return Measures(
        grey,
        half,
        edges,
        means(small, rows, columns),
        laplacian,
        means(np.asarray(energy, np.float32), rows, columns),
        _noise(half, laplacian, before),
        float(counts[_BLACK - 1]),
        float(1 - counts[_WHITE - 1]),
        changed,
        around,
        *_signs(grey),
    )


def _changed(grey: Grey, before: Measures | None) -> tuple[float, float]:
    if before is None or before.grey.shape != grey.shape:
        return 1.0, 1.0
    change = cv2.absdiff(grey, before.grey)
    _, _, wide, high = cv2.boundingRect(change)
    return cv2.countNonZero(change) / grey.size, wide * high / grey.size


def _noise(half: Grey, laplacian: Blocks, before: Measures | None) -> float:
    """The energy of the Laplacian of noise: no more than the least fine of the blocks have."""
    least = float(np.quantile(laplacian, 0.1))
    if before is None or before.half.shape != half.shape:
        return least
    change = np.asarray(cv2.absdiff(half, before.half), np.float32)
    variance = float(np.median(means(change * change, *laplacian.shape))) / 2
    return min(least, _NOISE_GAIN * variance)


def _signs(grey: Grey) -> tuple[float, float, Profile, Profile]:
    """Of a decoder: what is smeared, what is flat, and the steps of rows and of columns."""
    across = np.asarray(cv2.absdiff(grey[:-1, 1:], grey[:-1, :-1]), np.uint8)
    down = np.asarray(cv2.absdiff(grey[1:, :-1], grey[:-1, :-1]), np.uint8)
    middle = _where((grey[:-1, :-1] > _BLACK) & (grey[:-1, :-1] < _BRIGHT))
    run = np.asarray(cv2.erode(_where(down <= 1) & middle, _RUN), np.uint8)
    smeared = cv2.countNonZero(run & _where(across >= _SHARP))
    filled = _where(((across | down) == 0) & (grey[:-1, :-1] > _FILL)) & middle
    flat = cv2.countNonZero(cv2.erode(filled, _PATCH))
    rows, columns = _where(down > _STEP), _where(across > _STEP)
    return (
        smeared / grey.size,
        flat / grey.size,
        np.asarray(cv2.reduce(rows, 1, cv2.REDUCE_AVG, dtype=cv2.CV_32F), np.float32).ravel(),
        np.asarray(cv2.reduce(columns, 0, cv2.REDUCE_AVG, dtype=cv2.CV_32F), np.float32).ravel(),
    )


def _where(flags: NDArray[np.bool_]) -> Grey:
    """1 where it holds, 0 elsewhere."""
    return flags.view(np.uint8)


def means(values: Floats, rows: int, columns: int) -> Blocks:
    """The mean of each block."""
    return np.asarray(cv2.resize(values, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)


def _small(grey: Grey) -> NDArray[np.float32]:
    scale = SMALL_PX / max(grey.shape)
    height, width = (max(BLOCK_PX, round(side * scale)) for side in grey.shape)
    small = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(small.astype(np.float32), (0, 0), 0.8), np.float32)
