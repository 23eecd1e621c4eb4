"""From a decoded frame to the small RGB picture: one pass of the one scaler, for every source."""

from __future__ import annotations

from fractions import Fraction
from threading import Lock

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from edge.core.gate import grid
from edge.core.types import Rgb, Small
from edge.sources.sampling import fit_inside


class Shrinker:
    """Makes pictures as large as fits inside `fit` (width, height): H×W×3 uint8, upright.

    One for each stream: the scalers keep their tables from picture to picture. Pictures may be
    made on another thread than the stream's.
    """

    def __init__(self, fit: tuple[int, int]) -> None:
        self._fit = fit
        self._lock = Lock()
        self._scaler = VideoReformatter()
        self._blocks = VideoReformatter()

    def small(self, frame: av.VideoFrame, pixel_aspect: Fraction | None = None) -> Small:
        """The small picture of a decoded frame. Its blocks come from the frame itself: a third of
        what the picture costs, and of most pictures they are all that is asked for."""
        turns = quarter_turns(frame)
        fit = (self._fit[1], self._fit[0]) if turns % 2 else self._fit
        size = fit_inside((frame.width, frame.height), fit, pixel_aspect)
        return Small(
            lambda: _upright(self._scaled(self._scaler, frame, size, "rgb24"), turns),
            lambda: _array(self._scaled(self._blocks, frame, grid(*size), "gray")),
        )

    def small_rgb(self, rgb: Rgb) -> Small:
        """The small picture of one that is RGB already."""
        return self.small(av.VideoFrame.from_ndarray(rgb, format="rgb24"))

    def _scaled(
        self, scaler: VideoReformatter, frame: av.VideoFrame, size: tuple[int, int], kind: str
    ) -> av.VideoFrame:
        # Averages over all pixels (a person far away is few of them); cheaper than bilinear.
        with self._lock:
            return scaler.reformat(frame, *size, format=kind, interpolation="AREA", threads=1)


def full_size(frame: av.VideoFrame) -> Rgb:
    """The picture as H×W×3 uint8, upright, in the frame's own size. Of one frame from any thread at
    any time: the frame's own scaler hangs when two ask at once, so each call has another."""
    return _upright(VideoReformatter().reformat(frame, format="rgb24"), quarter_turns(frame))


def quarter_turns(frame: av.VideoFrame) -> int:
    """By how many quarters, counter-clockwise, a telephone says its picture must be turned."""
    return round(frame.rotation / 90) % 4


def _array(frame: av.VideoFrame) -> NDArray[np.uint8]:
    return frame.to_ndarray().astype(np.uint8, copy=False)


def _upright(frame: av.VideoFrame, turns: int) -> Rgb:
    rgb = _array(frame)
    return np.ascontiguousarray(np.rot90(rgb, turns)) if turns else rgb
