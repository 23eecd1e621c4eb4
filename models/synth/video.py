"""Pictures as an H.264 file, as cameras send it; whole or not there at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Rgb = NDArray[np.uint8]


@dataclass(frozen=True)
class Coding:
    """How hard the camera compresses: x264's constant rate factor (higher is worse), its preset,
    and the most it may send, in kbit/s."""

    crf: int = 27
    preset: str = "slow"
    kbit_s_max: int = 300


def write_video(
    path: Path, pictures: Iterable[Rgb], size: tuple[int, int], fps: float, coding: Coding
) -> None:
    """H.264 main profile, yuv420p, a keyframe every two seconds. Pictures are H×W×3 uint8 of the
    size (width, height). A file that was interrupted has another name until it is whole."""
    unfinished = path.with_suffix(f".part{path.suffix}")
    with av.open(str(unfinished), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(fps).limit_denominator(1000))
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        # One thread: the same pictures give the same bytes on any machine.
        stream.options = {
            "profile": "main", "crf": str(coding.crf), "preset": coding.preset,
            "g": str(max(1, round(2 * fps))), "bf": "0", "threads": "1",
            "maxrate": f"{coding.kbit_s_max}k", "bufsize": f"{2 * coding.kbit_s_max}k",
        }  # fmt: skip
        for rgb in pictures:
            for packet in stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode(None):
            container.mux(packet)
    unfinished.replace(path)
