"""Whether the view moved as a whole: one field of edge directions laid over another.

The correlation over all shifts, by Fourier transform (orientation correlation; Fitch et al., BMVC
2002). What stands still in the picture while the world moves, such as a clock written into it, is
a second peak, at no shift. A camera turned about its axis shifts each part of the view its own
way, so parts are asked too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from edge.fit.measures import Field

_NEAR_PX = 1  # so far round a place counts as that place
_ENOUGH = 0.02  # mean squared length of the directions


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
    energy = float(np.vdot(now, now).real) * float(np.vdot(usual, usual).real)
    spectrum = np.fft.fft2(now) * np.conj(np.fft.fft2(usual))
    alike = np.fft.ifft2(spectrum).real / (energy**0.5 + 1e-6)
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
    return float(np.vdot(field, field).real) / field.size
