"""The one rule for how large a picture becomes and the one rule for which pictures are taken.

Pure, and shared by every source, so that a file and a camera showing the same clip give the same
pictures.
"""

from __future__ import annotations

from fractions import Fraction

NS = 1_000_000_000
# Containers that count in milliseconds put a picture up to a millisecond before its tick.
_GRACE_NS = 1_000_000


def fit_inside(
    size: tuple[int, int], fit: tuple[int, int], pixel_aspect: Fraction | None = None
) -> tuple[int, int]:
    """The largest (width, height) inside `fit` that keeps the shape of `size`; never below 1×1.

    Small pictures are enlarged: the network then always sees the view at one scale.
    `pixel_aspect` is how much wider than tall one pixel is (anamorphic cameras); none means square.
    """
    if min(*size, *fit) <= 0:
        raise ValueError(f"sizes must be positive: picture {size}, fit {fit}")
    wide, tall = Fraction(size[0]) * (pixel_aspect or 1), Fraction(size[1])
    scale = min(fit[0] / wide, fit[1] / tall)
    return (
        min(fit[0], max(1, round(wide * scale))),
        min(fit[1], max(1, round(tall * scale))),
    )


class Sampler:
    """Takes a picture when it passes the next tick of 1/`fps`, counted from the first picture.

    Ticks stand still on the stream's clock: a late picture does not shift those after it, so the
    rate never drifts and the same times always give the same choice.
    """

    def __init__(self, fps: float) -> None:
        rate = Fraction(fps).limit_denominator(1001)
        if rate <= 0:
            raise ValueError(f"sample_fps must be above 0.001, not {fps}")
        self._per_second, self._seconds_ns = rate.numerator, rate.denominator * NS
        self._first_ns: int | None = None
        self._tick = 0

    def take(self, pts_ns: int) -> bool:
        """Whether the picture at `pts_ns` is one of the sample. Call once for each, in order."""
        if self._first_ns is None:
            self._first_ns, self._tick = pts_ns, 0
            return True
        tick = (pts_ns - self._first_ns + _GRACE_NS) * self._per_second // self._seconds_ns
        if tick <= self._tick:
            return False
        self._tick = tick
        return True

    def following_ns(self) -> int:
        """The time of the tick after the last one passed."""
        return (self._first_ns or 0) + (self._tick + 1) * self._seconds_ns // self._per_second
