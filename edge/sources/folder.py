"""A folder of pictures, or a single picture, played as if it were a recording."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from types import TracebackType

import cv2
import numpy as np
from typing_extensions import Self

from edge.core.types import Rgb
from edge.errors import BadClip
from edge.ports import Picture, StreamInfo
from edge.sources.pacing import Pace, Speed, held
from edge.sources.sampling import NS, Sampler
from edge.sources.scaling import Shrinker

SUFFIXES = frozenset({".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})


class FolderSource:
    """One picture each 1/`folder_fps` s, in the order people count (2 before 10).

    Pictures that cannot be read are counted in `skipped` and leave their time empty. There are
    no packets. Raises `BadClip` where there is no picture at all.
    """

    live = False
    packets_dropped = 0
    clock_stalls = 0

    def __init__(
        self,
        path: Path | str,
        *,
        fit: tuple[int, int],
        sample_fps: float,
        folder_fps: float = 5.0,
        pace: Speed = "fast",
        hold_last_s: float = 0.0,
    ) -> None:
        if folder_fps <= 0:
            raise ValueError(f"folder_fps must be above 0, not {folder_fps}")
        self._path = Path(path)
        self._shrinker = Shrinker(fit)
        self._fps = folder_fps
        self._sampler = Sampler(sample_fps)
        self._pace = Pace(pace)
        self._hold_s = hold_last_s
        self._files: tuple[Path, ...] = ()
        self._found = 0
        self._info: StreamInfo | None = None
        self._used = False
        self.skipped = 0

    @property
    def damage(self) -> str:
        """How many pictures could not be read, in words; empty if all could."""
        return f"{self.skipped} of {self._found} pictures cannot be read" if self.skipped else ""

    @property
    def info(self) -> StreamInfo:
        """Size of the first picture that can be read; known once entered."""
        if self._info is None:
            raise RuntimeError("not opened")
        return self._info

    def __enter__(self) -> Self:
        if self._used:
            raise RuntimeError("a source is used once: build a new one to read again")
        self._used = True
        self._files = pictures_in(self._path)
        self._found = len(self._files)
        first = next((rgb for rgb in map(_read, self._files) if rgb is not None), None)
        if first is None:
            raise BadClip(f"{self._path}: none of its {len(self._files)} pictures can be read")
        self._info = StreamInfo("", first.shape[1], first.shape[0], self._fps, b"")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._files = ()

    def pictures(self, stop: Event) -> Iterator[Picture]:
        """Yields the pictures, then the last one held; ends early when `stop` is set."""
        if not self._files:
            raise RuntimeError("not opened")
        for picture in self._played():
            if self._pace.wait(picture.pts_ns, stop):
                return
            yield picture

    def _played(self) -> Iterator[Picture]:
        last: Picture | None = None
        first = 0
        for number, file in enumerate(self._files):
            at_ns = int((number - first) * NS / self._fps)
            if last is not None and not self._sampler.take(at_ns):
                continue
            rgb = _read(file)
            if rgb is None:
                self.skipped += 1
                continue
            if last is None:  # time counts from the first picture that is one
                first, at_ns = number, 0
                self._sampler.take(0)
            last = self._picture(at_ns, rgb)
            yield last
        if last is not None:
            yield from held(last, self._sampler, self._hold_s)

    def _picture(self, at_ns: int, rgb: Rgb) -> Picture:
        return Picture(at_ns, self._shrinker.small_rgb(rgb), (), lambda: rgb)


def pictures_in(path: Path) -> tuple[Path, ...]:
    """The pictures a path names: itself, or those in the folder. Raises `BadClip` for none."""
    if path.is_file():
        return (path,)
    if not path.is_dir():
        raise BadClip(f"{path}: no such file or folder")
    files = (f for f in path.iterdir() if f.suffix.lower() in SUFFIXES and f.is_file())
    found = tuple(sorted(files, key=lambda file: _counted(file.name)))
    if not found:
        raise BadClip(f"{path}: no pictures in this folder ({', '.join(sorted(SUFFIXES))})")
    return found


def _counted(name: str) -> list[tuple[int, int, str]]:
    return [
        (1, int(part), "") if part.isdecimal() else (0, 0, part)
        for part in re.split(r"(\d+)", name.lower())
    ]


def _read(file: Path) -> Rgb | None:
    try:
        raw = np.fromfile(file, dtype=np.uint8)
    except OSError:
        return None
    bgr = cv2.imdecode(raw, cv2.IMREAD_COLOR) if raw.size else None
    if bgr is None:
        return None
    return np.ascontiguousarray(bgr[:, :, ::-1]).astype(np.uint8, copy=False)
