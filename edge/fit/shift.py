"""Whether the view moved as a whole: one field of edge directions laid over another.

The correlation over all shifts, by Fourier transform (orientation correlation; Fitch et al., BMVC
2002). What stands still in the picture while the world moves, such as a clock written into it, is
a second peak, at no shift. A camera turned about its axis is told by trying angles; where its lens
zoomed each part of the view goes its own way, so parts are asked too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from edge.fit.measures import Field

Spectrum = NDArray[np.complexfloating]  # h×w

_NEAR_PX = 1  # so far round a place counts as that place
_ENOUGH = 0.02  # mean squared length of the directions
_ANGLES = (4, 8, 12, 16, 20)  # degrees; edges are wide enough for those between


@dataclass(frozen=True)
class Shift:
    """The best shift in pixels of the small copy, right and down; how alike the fields are there
    and how alike where they are, 0–1 both."""

    right: int
    down: int
    likeness: float
    at_rest: float

    @property
    def length(self) -> float:
        """In pixels of the small copy."""
        return float(np.hypot(self.right, self.down))


def shift(now: Field, usual: Field) -> Shift:
    """How far `usual` has to be moved to lie over `now`; both h×w."""
    return _best(np.asarray(np.fft.fft2(now)), _energy(now), usual)


def _best(spectrum: Spectrum, energy: float, usual: Field) -> Shift:
    """The same, of the spectrum and energy of what is seen now."""
    energy *= _energy(usual)
    alike = np.fft.ifft2(spectrum * np.conj(np.fft.fft2(usual))).real / (energy**0.5 + 1e-6)
    height, width = alike.shape
    down, right = divmod(int(alike.argmax()), width)
    best = float(alike[down, right])
    near = np.arange(-_NEAR_PX, _NEAR_PX + 1)
    at_rest = float(alike[np.ix_(near, near)].max())
    return Shift(
        right - width if right > width // 2 else right,
        down - height if down > height // 2 else down,
        best,
        at_rest,
    )


def parts(now: Field, usual: Field, rows: int = 2, columns: int = 3) -> tuple[Shift, ...]:
    """The shift of each part of the view that has edges enough in both."""
    out: list[Shift] = []
    for row in zip(np.array_split(now, rows), np.array_split(usual, rows), strict=True):
        cut = zip(*(np.array_split(one, columns, 1) for one in row), strict=True)
        out += [shift(*both) for both in cut if min(map(_filled, both)) > _ENOUGH]
    return tuple(out)


def _filled(field: Field) -> float:
    return _energy(field) / field.size


def _energy(field: Field) -> float:
    return float(np.vdot(field, field).real)


def turned(now: Field, usual: Field) -> tuple[int, Shift]:
    """By how many degrees, counted against the clock, `usual` has to be turned to be most alike
    `now`, and what has to be moved then. `at_rest` is how alike they are unturned. All at half the
    size: one pixel at the rim is a degree and a half there."""
    now, usual = _halved(now), _halved(usual)
    spectrum, energy = np.asarray(np.fft.fft2(now)), _energy(now)
    at_rest = _best(spectrum, energy, usual).at_rest
    angles = (*_ANGLES, *(-one for one in _ANGLES))
    tried = ((_best(spectrum, energy, _turned(usual, by)), by) for by in angles)
    best, angle = max(tried, key=lambda one: one[0].likeness)
    return angle, replace(best, at_rest=at_rest)


def _halved(field: Field) -> Field:
    half = cv2.resize(_planes(field), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return _field(np.asarray(half, np.float32))


def _turned(field: Field, degrees: int) -> Field:
    """About its middle; directions turn with it, twice as far since they are doubled."""
    height, width = field.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    planes = cv2.warpAffine(_planes(field), matrix, (width, height))
    twice = np.exp(-2j * np.radians(degrees))
    return np.asarray(_field(np.asarray(planes, np.float32)) * twice, np.complex64)


def _planes(field: Field) -> NDArray[np.float32]:
    """Real and imaginary parts side by side, h×w×2."""
    return field.view(np.float32).reshape(*field.shape, 2)


def _field(planes: NDArray[np.float32]) -> Field:
    return np.ascontiguousarray(planes).view(np.complex64)[..., 0]
