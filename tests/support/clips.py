"""Small real clips, encoded from arrays with FFmpeg."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import Literal

import av

from edge.core.types import Rgb
from edge.sources.pattern import Script, draw

Codec = Literal["h264", "hevc", "mpeg4", "mjpeg"]
_TICKS = 60_000  # mpeg4 allows no finer
_ENCODERS: dict[str, tuple[str, str, dict[str, str]]] = {
    "h264": ("libx264", "yuv420p", {"preset": "veryfast", "crf": "23"}),
    "hevc": (
        "libx265",
        "yuv420p",
        {"preset": "ultrafast", "crf": "26", "x265-params": "log-level=none"},
    ),
    "mpeg4": ("mpeg4", "yuv420p", {"qscale": "3"}),
    "mjpeg": ("mjpeg", "yuvj420p", {"qscale": "3"}),
}


def write_clip(
    path: Path,
    pictures: Iterable[Rgb],
    *,
    fps: float = 10.0,
    codec: Codec = "h264",
    times_s: Iterable[float] | None = None,
    gop: int = 20,
    b_frames: int = 0,
    rotation: int = 0,
    options: dict[str, str] | None = None,
) -> Path:
    """Encodes H×W×3 pictures into `path` (its suffix names the container).

    `times_s` gives each picture its own time, for a variable rate; otherwise they come at `fps`.
    `rotation` writes the turn (degrees, counter-clockwise) that a telephone would,
    `options` are the container's.
    """
    rate = Fraction(fps).limit_denominator(1001)
    base = Fraction(1, _TICKS) if times_s is not None else 1 / rate
    name, pixels, encoding = _ENCODERS[codec]
    times: Iterable[float | Fraction] = _steady(rate) if times_s is None else times_s
    timed = zip(pictures, times, strict=False)
    with av.open(str(path), "w", options=options or {}) as container:
        stream: av.VideoStream | None = None
        for rgb, at_s in timed:
            if stream is None:
                stream = container.add_stream(name, rate=rate, options=dict(encoding))
                stream.height, stream.width = rgb.shape[:2]
                stream.pix_fmt, stream.gop_size, stream.max_b_frames = pixels, gop, b_frames
                stream.codec_context.time_base, stream.codec_context.thread_count = base, 1
                if rotation:
                    stream.set_display_rotation(rotation)
            frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
            frame.pts, frame.time_base = round(Fraction(at_s) / base), base
            container.mux(stream.encode(frame))
        if stream is None:
            raise ValueError("a clip needs pictures")
        container.mux(stream.encode())
    return path


def _steady(rate: Fraction) -> Iterator[Fraction]:
    return (number / rate for number in count())


def write_pattern(path: Path, script: Script, *, codec: Codec = "h264", gop: int = 20) -> Path:
    """Encodes a drawn pattern."""
    pictures = (draw(script.marks, at_s, script.size) for at_s in script.times_s)
    return write_clip(path, pictures, fps=script.fps, codec=codec, gop=gop)
