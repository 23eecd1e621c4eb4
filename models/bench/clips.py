"""What is played: the renderer's demo clips, in a camera's sizes and at a camera's bit rates.

The moving scene is somebody walking about a ward; the quiet one an empty shop, with nothing but
the sensor's noise. The same bytes on every machine with the same x264.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from threading import Event as StopEvent

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from edge.sources.file import FileSource
from models.synth.video import Coding, write_video

FPS = 15.0
_WALK_S = 11.5  # then somebody falls, and events would be told of
_EMPTY_S = 8  # of the shop, until something is spilt; its walker is taken out
_NOISE, _TILES = 1.5, 16  # of 255, standard deviation; how many different pictures of it


@dataclass(frozen=True)
class Size:
    """A camera's stream: (width, height), and the most it sends, in kbit/s."""

    name: str
    pixels: tuple[int, int]
    kbit_s_max: int


SIZES = (Size("1080p", (1920, 1080), 4000), Size("360p", (640, 360), 600))


@dataclass(frozen=True)
class Material:
    """Clips of one size. `kbit_s` is what the moving one came to."""

    name: str
    moving: Path
    quiet: Path
    fps: float
    kbit_s: float
    seconds: float


Tick = Callable[[], object]  # called once a picture


def material(size: Size, folder: Path, seconds: float, tick: Tick) -> Material:
    """Draws and encodes both clips of a size."""
    moving, quiet = (folder / f"{what}_{size.name}.mp4" for what in ("moving", "quiet"))
    for path, pictures in ((moving, _walking()), (quiet, _empty())):
        write_video(
            path,
            _filmed(pictures, size.pixels, round(seconds * FPS), tick),
            size.pixels,
            FPS,
            Coding(23, "veryfast", size.kbit_s_max),
        )
    kbit_s = moving.stat().st_size * 8 / 1000 / seconds
    return Material(size.name, moving, quiet, FPS, kbit_s, seconds)


def pictures_of(seconds: float, sizes: int) -> int:
    """How often `tick` is called for so many sizes."""
    return 2 * sizes * round(seconds * FPS)


def own(path: Path) -> Material:
    """Somebody's own clip, played for both. Raises BadClip where it cannot be read."""
    with FileSource(path, fit=(64, 64), sample_fps=FPS) as source:
        fps = source.info.fps or 25.0
        last_ns = max((one.pts_ns for one in source.pictures(StopEvent())), default=0)
    seconds = last_ns / 1e9 + 1 / fps
    return Material("clip", path, path, fps, path.stat().st_size * 8 / 1000 / seconds, seconds)


def _filmed(
    room: Iterator[NDArray[np.uint8]], size: tuple[int, int], count: int, tick: Tick
) -> Iterator[NDArray[np.uint8]]:
    """So many pictures, enlarged, and with the noise a camera adds."""
    width, height = size
    rng = np.random.default_rng(0)
    noise = rng.normal(0, _NOISE, (height + _TILES, width, 3)).round().astype(np.int16)
    for _ in range(count):
        large = cv2.resize(next(room), size, interpolation=cv2.INTER_CUBIC)
        down, along = (int(one) for one in rng.integers(0, (_TILES, width)))
        shifted = np.roll(noise[down : down + height], along, axis=1)
        yield np.clip(large + shifted, 0, 255).astype(np.uint8)
        tick()


def _walking() -> Iterator[NDArray[np.uint8]]:
    """Forwards, backwards and so on, so that nobody jumps."""
    shown = [one for _, one in zip(range(round(_WALK_S * 12)), _decoded("collapse"), strict=False)]
    while True:
        yield from shown
        yield from reversed(shown)


def _empty() -> Iterator[NDArray[np.uint8]]:
    # Whoever crosses the shop is nowhere for half of the time: the median is the room alone.
    before_spill = [one for _, one in zip(range(_EMPTY_S * 12), _decoded("spill"), strict=False)]
    room = np.median(np.stack(before_spill[::12]), axis=0).astype(np.uint8)
    while True:
        yield room


def _decoded(name: str) -> Iterator[NDArray[np.uint8]]:
    with av.open(str(_demo() / f"{name}.mp4")) as container:
        for frame in container.decode(video=0):
            yield frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)


def _demo() -> Path:
    # `configs` is data beside the packages, in the wheel as in the repository.
    return Path(str(files("models"))).parent / "configs" / "demo"
