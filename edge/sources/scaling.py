"""From a decoded frame to the small RGB picture: one pass of the one scaler, for every source."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np

from edge.core.types import Rgb
from edge.sources.sampling import fit_inside


def shrink(frame: av.VideoFrame, fit: tuple[int, int], pixel_aspect: Fraction | None = None) -> Rgb:
    """The picture as H×W×3 uint8, upright, as large as fits inside `fit` (width, height)."""
    turns = quarter_turns(frame)
    turned = (fit[1], fit[0]) if turns % 2 else fit
    width, height = fit_inside((frame.width, frame.height), turned, pixel_aspect)
    # Averages over all pixels (a person far away is few of them), and is cheaper than bilinear.
    small = frame.reformat(width, height, format="rgb24", interpolation="AREA")
    return _upright(small, turns)


def full_size(frame: av.VideoFrame) -> Rgb:
    """The picture as H×W×3 uint8, upright, in the frame's own size."""
    return _upright(frame.reformat(format="rgb24"), quarter_turns(frame))


def shrink_rgb(rgb: Rgb, fit: tuple[int, int]) -> Rgb:
    """The same for a picture that is RGB already."""
    return shrink(av.VideoFrame.from_ndarray(rgb, format="rgb24"), fit)


def quarter_turns(frame: av.VideoFrame) -> int:
    """By how many quarters, counter-clockwise, a telephone says its picture must be turned."""
    return round(frame.rotation / 90) % 4


def _upright(frame: av.VideoFrame, turns: int) -> Rgb:
    rgb = frame.to_ndarray().astype(np.uint8, copy=False)
    return np.ascontiguousarray(np.rot90(rgb, turns)) if turns else rgb
