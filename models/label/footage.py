"""The pictures behind items: to be looked at by the model, and shown on the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Event as StopEvent

import av
import cv2
import numpy as np
from av.error import FFmpegError

from edge.core.types import Rgb
from edge.errors import BadClip
from edge.snapshot import encoded, shrunk
from edge.sources.folder import FolderSource
from edge.sources.scaling import Shrinker, full_size
from models.label.words import Item
from models.synth.video import Coding, write_video

# What every browser of today shows of itself; the rest is written anew.
PICTURES_SHOWN = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png",
                  ".webp": "image/webp"}  # fmt: skip
_CODECS_PLAYED = {"h264", "vp8", "vp9", "av1"}
_BOXES_PLAYED = {".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm"}
_QUALITY = 88
_CODING = Coding(crf=26, preset="veryfast", kbit_s_max=4000)
_WIDTH_PX_MAX = 1280


def small(item: Item, fit: tuple[int, int]) -> Rgb:
    """The item's picture as large as fits inside (width, height), H×W×3, by the shipped scaler.
    Raises BadClip."""
    if item.at_s is not None:
        return Shrinker(fit).small_rgb(moment(item.path, item.at_s)).rgb
    with FolderSource(item.path, fit=fit, sample_fps=5.0) as source:
        for picture in source.pictures(StopEvent()):
            return picture.rgb
    raise BadClip(f"{item.path}: is no picture that can be read")


def moment(path: Path, at_s: float) -> Rgb:
    """A recording's picture at a moment, H×W×3, full size: the first that is not before it, or
    the last there is. Raises BadClip."""
    last: Rgb | None = None
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            begin_s = (stream.start_time or 0) * float(stream.time_base or 1)
            container.seek(int((begin_s + at_s) * av.time_base), backward=True)
            for frame in container.decode(stream):
                last = full_size(frame)
                if frame.time is not None and frame.time - begin_s >= at_s - 1e-3:
                    break
    except (FFmpegError, IndexError) as error:
        raise BadClip(f"{path}: cannot be decoded: {error}") from error
    if last is None:
        raise BadClip(f"{path}: holds no picture at {at_s:g} s")
    return last


def jpeg(item: Item, width_px_max: int) -> bytes:
    """The item's picture no wider than that, of a clip its middle. Raises BadClip."""
    if item.at_s is None and item.kind == "picture":
        picture = cv2.imread(str(item.path), cv2.IMREAD_COLOR)
        if picture is None:
            raise BadClip(f"{item.path}: is no picture that can be read")
        rgb = np.asarray(picture[..., ::-1], np.uint8)
    else:
        rgb = moment(item.path, (item.length_s or 0.0) / 2 if item.at_s is None else item.at_s)
    return encoded(shrunk(rgb, width_px_max), _QUALITY)


def is_played(path: Path) -> bool:
    """Whether browsers play this recording as it lies. Raises BadClip."""
    try:
        with av.open(str(path)) as container:
            codec = container.streams.video[0].codec_context.name
    except (FFmpegError, IndexError) as error:
        raise BadClip(f"{path}: cannot be opened: {error}") from error
    return codec in _CODECS_PLAYED and path.suffix.lower() in _BOXES_PLAYED


def kind_played(path: Path) -> str:
    """The media type of a recording that browsers play."""
    return _BOXES_PLAYED[path.suffix.lower()]


def write_played(path: Path, out: Path) -> None:
    """A copy that browsers play: the same times, no wider than 1280. Raises BadClip."""
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            fps = float(stream.average_rate or stream.guessed_rate or 25)
            frames = (shrunk(full_size(frame), _WIDTH_PX_MAX) for frame in container.decode(stream))
            first = next(frames, None)
            if first is None:
                raise BadClip(f"{path}: holds no picture that can be decoded")
            size = (first.shape[1] // 2 * 2, first.shape[0] // 2 * 2)  # yuv420p wants even sides
            even = (np.ascontiguousarray(one[: size[1], : size[0]]) for one in _with(first, frames))
            out.parent.mkdir(parents=True, exist_ok=True)
            write_video(out, even, size, fps, _CODING)
    except (FFmpegError, IndexError) as error:
        raise BadClip(f"{path}: cannot be decoded: {error}") from error


def _with(first: Rgb, rest: Iterable[Rgb]) -> Iterator[Rgb]:
    yield first
    yield from rest
