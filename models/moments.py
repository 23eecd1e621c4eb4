"""Moments from all over a long recording, without decoding all that lies between them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError

from edge.core.types import Rgb

APART_S = 2.0  # what is nearer together is decoded as quickly as it is looked for
_SAME_S = 1e-6

Moment = tuple[float, Rgb]


def moments(path: Path, step_s: float) -> Iterator[Moment]:
    """Seconds from the first picture, and the picture (H×W×3, RGB), about every `step_s` seconds.
    It is the last one before its time that is coded by itself (a keyframe), if that is newer than
    the one before, else the first at its time. Where the container cannot be searched, every
    picture is decoded. Raises FFmpegError for what is no video, IndexError where it holds none."""
    with av.open(str(path)) as container:
        for at_s, frame in _jumping(container, step_s):
            if frame is None:
                break
            yield at_s, _rgb(frame)
        else:
            return
    yield from _straight(path, step_s, at_s)


def _jumping(
    container: InputContainer, step_s: float
) -> Iterator[tuple[float, av.VideoFrame | None]]:
    """Each moment; at last, where nothing is found by searching, when it was due and None.
    Searching again for what lies within the same keyframe's reach only leads back: there it is
    decoded straight on, until the next keyframe has come by."""
    stream = container.streams.video[0]
    start, base = stream.start_time or 0, stream.time_base or 1
    frames, taken_s, due_s, jumps = container.decode(stream), -math.inf, 0.0, True
    while True:
        if jumps and taken_s >= 0:
            try:
                container.seek(start + int(due_s / base), stream=stream)
            except FFmpegError:
                yield due_s, None
                return
            frames = container.decode(stream)
        jumped, jumps, seen = jumps, False, False
        for frame in frames:
            if frame.pts is None:
                continue
            at_s, seen = float((frame.pts - start) * base), True
            jumps |= frame.key_frame and at_s > taken_s
            if at_s > taken_s and (at_s + _SAME_S >= due_s or (jumped and frame.key_frame)):
                break
        else:
            if jumped and not seen:
                yield due_s, None
            return
        yield at_s, frame
        taken_s, due_s = at_s, due_s + step_s


def _straight(path: Path, step_s: float, due_s: float) -> Iterator[Moment]:
    """The first pictures at their times, from `due_s` on, by decoding all."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        start = stream.start_time or 0
        for frame in container.decode(stream):
            at_s = due_s
            if frame.pts is not None:
                at_s = float((frame.pts - start) * (stream.time_base or 1))
            if at_s + _SAME_S >= due_s:
                due_s += step_s
                yield at_s, _rgb(frame)


def _rgb(frame: av.VideoFrame) -> Rgb:
    return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
