"""A fixed camera's own view to stage spills in: its pictures, what it shows when nobody is there,
and what of a picture stands in front of the floor."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import cv2
import numpy as np
from numpy.typing import NDArray

from alerts.errors import UserError

Rgb = NDArray[np.uint8]
Image = NDArray[np.float32]
Mask = NDArray[np.bool_]

WIDTH_MAX = 960  # half as wide again as the network looks
FPS_MAX = 10.0
LOOKS = 31  # pictures the clean view is the median of
MOVING_MAX = 0.4  # of the picture may differ from the clean view; more, and the camera moves
NOISE_MIN, SHARE_SHADOW = 0.004, 0.62
QUALITY = 97  # of pictures held in memory


class BadBackground(UserError):
    """The clip or picture cannot be staged in."""


@dataclass(frozen=True)
class View:
    """`clean` is the view without anybody (H×W×3); `noise` the deviation of one pixel over time,
    of full scale. `seconds` is 0 and `fps` what clips get where only one picture is there."""

    path: Path
    clean: Rgb
    noise: float
    seconds: float
    fps: float


def opened(path: Path) -> View:
    """Look at the clip or picture. Raises BadBackground for what is neither, and where the camera
    moves."""
    if not path.is_file():
        raise BadBackground(f"{path}: no such file; --background names a clip or a picture")
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            seconds = (container.duration or 0) / av.time_base
            fps = float(stream.average_rate or 10)
        looks = [rgb for _, rgb in _spread(path, seconds)]
    except (av.error.FFmpegError, IndexError, OSError) as error:
        raise BadBackground(f"{path}: neither a clip nor a picture: {error}") from error
    if not looks:
        raise BadBackground(f"{path}: holds no picture that can be decoded")
    if len(looks) < 3:
        return View(path, looks[0], NOISE_MIN, 0.0, FPS_MAX)
    clean = np.median(np.stack(looks), axis=0).astype(np.uint8)
    apart = np.stack([np.abs(look.astype(np.int16) - clean).mean(axis=2) for look in looks])
    noise = max(float(np.median(apart)) * 1.48 / 255.0, NOISE_MIN)
    if float(np.median((apart > 40).mean(axis=(1, 2)))) > MOVING_MAX:
        raise BadBackground(f"{path}: most of it changes; staging needs a camera that stays put")
    return View(path, clean, noise, seconds, min(fps, FPS_MAX))


def pictures(view: View, start_s: float, seconds: float, rng: np.random.Generator) -> Iterator[Rgb]:
    """`seconds` of the view from `start_s` on. A clip too short is played to and fro; a single
    picture gets the noise of a sensor, drawn from `rng`."""
    count = max(1, round(seconds * view.fps))
    if not view.seconds:
        for _ in range(count):
            grain = rng.standard_normal(view.clean.shape, np.float32) * 1.5
            yield np.asarray(np.clip(view.clean + grain + 0.5, 0, 255), np.uint8)
        return
    if start_s + seconds <= view.seconds:
        for _, (_, rgb) in zip(range(count), _decoded(view.path, start_s, view.fps), strict=False):
            yield rgb
        return
    held = [_packed(rgb) for _, rgb in _decoded(view.path, 0.0, view.fps)][: count + 1]
    for number in range(count):
        back = number % max(1, 2 * len(held) - 2)
        yield _unpacked(held[back if back < len(held) else 2 * len(held) - 2 - back])


def at(view: View, at_s: float) -> Rgb:
    """The picture shown at a moment."""
    if not view.seconds:
        return view.clean
    return next((rgb for _, rgb in _decoded(view.path, at_s, view.fps)), view.clean)


def light(rgb: Image, clean: Image, front: Mask | None = None) -> Image:
    """How much brighter than the clean view each part of a picture is (H×W), smoothly; what stands
    in front is left out."""
    height, width = rgb.shape[:2]
    seen = np.ones((height, width), np.float32) if front is None else 1 - front.astype(np.float32)
    now, then = rgb.mean(axis=2) * seen, clean.mean(axis=2) * seen
    small = max(1, width // 8), max(1, height // 8)
    now, then = (
        cv2.GaussianBlur(cv2.resize(x, small, interpolation=cv2.INTER_AREA), (0, 0), 2.5) + 1e-3
        for x in (now, then)
    )
    gain = np.clip(now / then, 0.3, 2.5).astype(np.float32)
    return np.asarray(cv2.resize(gain, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def in_front(rgb: Image, clean: Image, noise: float) -> Mask:
    """The pixels of a picture (0–1) where somebody or something stands before the clean view. A
    mere shadow, the floor's colours somewhat darker, stands before nothing."""
    whole = float(np.median(rgb.mean(axis=2) / (clean.mean(axis=2) + 1e-3)))
    lit = clean * np.float32(np.clip(whole, 0.3, 2.5))
    apart = cv2.blur(np.abs(rgb - lit).max(axis=2), (3, 3)) > max(5 * noise, 0.075)
    tone = np.abs(_tones(rgb) - _tones(lit)).max(axis=2)
    darker = rgb.mean(axis=2) / (lit.mean(axis=2) + 1e-3)
    shadow = (darker < 1) & (darker > SHARE_SHADOW) & (cv2.blur(tone, (3, 3)) < 0.02)
    found = (apart & ~shadow).astype(np.uint8)
    found = cv2.morphologyEx(found, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    found = cv2.morphologyEx(found, cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
    return np.asarray(cv2.dilate(found, np.ones((3, 3), np.uint8)) > 0, np.bool_)


def _tones(rgb: Image) -> Image:
    return np.asarray(rgb / (rgb.sum(axis=2, keepdims=True) + 0.05), np.float32)


def _spread(path: Path, seconds: float) -> Iterator[tuple[float, Rgb]]:
    """Up to `LOOKS` pictures, evenly over the clip."""
    for number in range(LOOKS):
        found = next(_decoded(path, seconds * number / LOOKS, 0.0), None)
        if found is not None:
            yield found
        if not seconds:
            return


def _decoded(path: Path, start_s: float, fps: float) -> Iterator[tuple[float, Rgb]]:
    """Seconds and fitted picture, from `start_s` on; `fps` of them a second, or all for 0."""
    due = start_s
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_count = 1
        if start_s > 0:
            container.seek(int(start_s * av.time_base))
        began = float((stream.start_time or 0) * (stream.time_base or 0))
        for frame in container.decode(stream):
            at_s = (frame.time if frame.time is not None else due) - began
            if at_s + 1e-3 < due:
                continue
            due = max(due + (1 / fps if fps else 0), at_s - 1.0)
            yield at_s, _fitted(frame.to_ndarray(format="rgb24"))


def _fitted(rgb: Rgb) -> Rgb:
    """Not too large, and even, as H.264 wants it."""
    height, width = rgb.shape[:2]
    scale = min(1.0, WIDTH_MAX / width)
    size = 2 * math.floor(width * scale / 2), 2 * math.floor(height * scale / 2)
    if size == (width, height):
        return np.asarray(rgb, np.uint8)
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def _packed(rgb: Rgb) -> NDArray[np.uint8]:
    _, data = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return np.asarray(data, np.uint8)


def _unpacked(data: NDArray[np.uint8]) -> Rgb:
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[..., ::-1])
