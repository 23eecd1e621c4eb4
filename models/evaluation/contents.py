"""What is in a recording's file, as far as the truth needs it: its kind, its digest, how long it
says it is, and when each of its pictures is shown."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import cv2
import numpy as np
from numpy.typing import NDArray

from edge.errors import BadClip
from edge.sources.decoding import info_of
from edge.sources.file import FileSource
from edge.sources.folder import SUFFIXES, pictures_in
from models.evaluation.recording import Kind

_ENDINGS = (
    "264 265 3gp asf avi dav flv h264 h265 hevc m2ts m4v mjpeg mkv mov mp4 mpeg mpg mts mxf ogv ts "
    "vob webm wmv"
)
VIDEOS = frozenset(f".{ending}" for ending in _ENDINGS.split())
_CHUNK = 1 << 20
Times = NDArray[np.float64]


@dataclass(frozen=True)
class Contents:
    """What one path holds: `seconds` as stated (0 for a picture), `sha256` of it all."""

    kind: Kind
    seconds: float
    sha256: str


def kind_of(path: Path) -> Kind:
    """By what is there, and by its ending: what is no picture may be a video."""
    if path.is_dir():
        return "folder"
    return "picture" if path.suffix.lower() in SUFFIXES else "video"


def is_medium(path: Path) -> bool:
    """Whether a file's ending is that of a video or a picture, and its name does not hide it."""
    known = path.suffix.lower() in VIDEOS | SUFFIXES
    return known and not path.name.startswith(".") and path.is_file()


def look(path: Path, folder_fps: float) -> Contents:
    """Open it once. Raises BadClip for what is neither video nor picture."""
    kind = kind_of(path)
    return Contents(kind, _seconds(path, kind, folder_fps), digest(path))


def digest(path: Path) -> str:
    """sha256 in hex of a file; of a folder, of its pictures' names and digests."""
    state = hashlib.sha256()
    if path.is_dir():
        for picture in pictures_in(path):
            state.update(f"{picture.name}\t{digest(picture)}\n".encode())
        return state.hexdigest()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            state.update(chunk)
    return state.hexdigest()


def picture_times(path: Path) -> Times:
    """When each picture of a video is shown, in seconds from the first, read from its packets. N.

    Raises BadClip. A stream without time stamps is timed by its rate.
    """
    with _opened(path) as container:
        stream = container.streams.video[0]
        shown = [p for p in container.demux(stream) if p.size and not p.is_discard]
        base, rate = stream.time_base, info_of(stream).fps or 25.0
        stamps = [p.pts for p in shown if p.pts is not None]
    if base is None or len(stamps) < len(shown):
        return np.arange(len(shown)) / rate
    ticks = np.sort(np.array(stamps, np.int64))
    since = ticks - ticks[:1]
    return np.asarray(since * base.numerator / base.denominator, np.float64)


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of a picture as it is stored. Raises BadClip."""
    try:
        with av.open(str(path.absolute())) as container:
            stream = container.streams.video[0]
            return stream.width, stream.height
    except (av.error.FFmpegError, IndexError):
        raise BadClip(f"{path}: not a picture, or cut off") from None


def _seconds(path: Path, kind: Kind, folder_fps: float) -> float:
    if kind == "video":
        return _stated_s(path)
    if kind == "picture" and path.is_file() and not cv2.haveImageReader(str(path)):
        raise BadClip(f"{path}: not a picture, or cut off")
    pictures = pictures_in(path)
    return len(pictures) / folder_fps if kind == "folder" else 0.0


def _stated_s(path: Path) -> float:
    """The video stream's own length, else the container's, else that of its packets."""
    with _opened(path) as container:
        stream = container.streams.video[0]
        if stream.duration and stream.time_base:
            return float(stream.duration * stream.time_base)
        if container.duration:
            return float(container.duration / av.time_base)
        rate = info_of(stream).fps or 25.0
    times = picture_times(path)
    return float(times[-1] + 1 / rate) if len(times) else 0.0


def _opened(path: Path) -> av.container.InputContainer:
    """The file, opened after the daemon's own source has found it to be a video."""
    with FileSource(path, fit=(64, 64), sample_fps=1.0):
        pass
    return av.open(str(path.absolute()))
