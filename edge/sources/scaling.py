"""From a decoded frame to the small RGB picture: one pass of the one scaler, for every source."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.video.reformatter import VideoReformatter

from edge.core.types import Rgb
from edge.sources.sampling import fit_inside


class Shrinker:
    """Makes pictures as large as fits inside `fit` (width, height): H×W×3 uint8, upright.

    One for each stream: the scaler keeps its tables from picture to picture.
    """

    def __init__(self, fit: tuple[int, int]) -> None:
        self._fit = fit
        self._scaler = VideoReformatter()

    def shrink(self, frame: av.VideoFrame, pixel_aspect: Fraction | None = None) -> Rgb:
        """The small picture of a decoded frame."""
        turns = quarter_turns(frame)
        fit = (self._fit[1], self._fit[0]) if turns % 2 else self._fit
        width, height = fit_inside((frame.width, frame.height), fit, pixel_aspect)
        small = self._scaler.reformat(
            frame,
            width,
            height,
            format="rgb24",
            # Averages over all pixels (a person far away is few of them); cheaper than bilinear.
            interpolation="AREA",
            threads=1,
        )
        return _upright(small, turns)

    def shrink_rgb(self, rgb: Rgb) -> Rgb:
        """The small picture of one that is RGB already."""
        return self.shrink(av.VideoFrame.from_ndarray(rgb, format="rgb24"))


def full_size(frame: av.VideoFrame) -> Rgb:
    """The picture as H×W×3 uint8, upright, in the frame's own size."""
    return _upright(frame.reformat(format="rgb24"), quarter_turns(frame))


def quarter_turns(frame: av.VideoFrame) -> int:
    """By how many quarters, counter-clockwise, a telephone says its picture must be turned."""
    return round(frame.rotation / 90) % 4


def _upright(frame: av.VideoFrame, turns: int) -> Rgb:
    rgb = frame.to_ndarray().astype(np.uint8, copy=False)
    return np.ascontiguousarray(np.rot90(rgb, turns)) if turns else rgb
