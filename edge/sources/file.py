"""A recording: anything FFmpeg reads."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from types import TracebackType

import av
import av.container
import av.error
from typing_extensions import Self

from edge.errors import BadClip
from edge.ports import Picture, StreamInfo
from edge.sources.decoding import Decoding, VideoPacket, info_of
from edge.sources.pacing import Pace, Speed, held
from edge.sources.sampling import NS, Sampler
from edge.sources.timeline import Timeline

log = logging.getLogger(__name__)

# A file may end this much before the length it states without being called cut off.
_SHORT_S = 1.0


class FileSource:
    """Pictures of a video file, in real time or as fast as possible.

    `hold_last_s` repeats the last picture at the end, so that what happened just before the end
    can still be judged; `loop` begins again afterwards, on one continuing time line. Rotation
    written by telephones is honoured. Raises `BadClip` for what is not a video.
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
        pace: Speed = "fast",
        hold_last_s: float = 0.0,
        loop: bool = False,
    ) -> None:
        self._path = Path(path)
        self._fit = fit
        self._sampler = Sampler(sample_fps)
        self._pace = Pace(pace)
        self._hold_s = hold_last_s
        self._loop = loop
        self._container: av.container.InputContainer | None = None
        self._timeline = Timeline(live=False, step_ns=NS // 25)
        self._info: StreamInfo | None = None
        self._used = False
        self.skipped = 0
        self.damage = ""

    @property
    def info(self) -> StreamInfo:
        """What the file holds; known once entered."""
        if self._info is None:
            raise RuntimeError("not opened")
        return self._info

    def __enter__(self) -> Self:
        if self._used:
            raise RuntimeError("a source is used once: build a new one to read again")
        self._used = True
        try:
            self._container = _open(self._path)
            self._info = info_of(self._stream())
        except BadClip:
            self._close()
            raise
        self._timeline = Timeline(live=False, step_ns=int(NS / (self._info.fps or 25)))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._close()

    def _close(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            container.close()

    def _stream(self) -> av.VideoStream:
        if self._container is None:
            raise RuntimeError("not opened")
        return self._container.streams.video[0]

    def pictures(self, stop: Event) -> Iterator[Picture]:
        """Yields pictures until the file ends (never, with `loop`) or `stop` is set."""
        for picture in self._played(stop):
            if self._pace.wait(picture.pts_ns, stop):
                return
            yield picture

    def _played(self, stop: Event) -> Iterator[Picture]:
        while not stop.is_set():
            last: Picture | None = None
            for picture in self._once(stop):
                last = picture
                yield picture
            if stop.is_set():
                return
            if last is None:
                raise BadClip(f"{self._path}: holds no picture that can be decoded")
            end_ns = self._timeline.last_ns
            for picture in held(last, self._sampler, self._hold_s):
                end_ns = max(end_ns, picture.pts_ns)
                yield picture
            if not self._loop:
                return
            self._close()
            self._container = _open(self._path)
            self._timeline.restart(end_ns)

    def _once(self, stop: Event) -> Iterator[Picture]:
        stream = self._stream()
        decoding = Decoding(stream, fit=self._fit, sampler=self._sampler, timeline=self._timeline)
        began_ns, before = self._timeline.last_ns, self.skipped
        broke = False
        packets = self._packets(stream)
        while not stop.is_set():
            try:
                packet = next(packets)
            except StopIteration:
                break
            except av.error.FFmpegError:
                broke = True
                break
            yield from decoding.feed(packet)
            self.skipped = before + decoding.skipped
        else:
            return
        stated_s = (self._container.duration or 0) / 1e6 if self._container else 0.0
        read_s = (self._timeline.last_ns - max(began_ns, 0)) / NS
        if broke or decoding.skipped or read_s < stated_s - _SHORT_S:
            self._tell_once(decoding, read_s, stated_s)

    def _packets(self, stream: av.VideoStream) -> Iterator[VideoPacket]:
        if self._container is None:
            raise RuntimeError("not opened")
        return self._container.demux(stream)

    def _tell_once(self, decoding: Decoding, read_s: float, stated_s: float) -> None:
        if self.damage:
            return
        used = f"used the {read_s:.1f} s that decode"
        if read_s < stated_s - _SHORT_S:
            used += f", of the {stated_s:.1f} s it states"
        pictures = f"{decoding.decoded} pictures, {decoding.skipped} skipped"
        self.damage = f"cut off or damaged; {used}: {pictures}"
        log.warning("%s: %s", self._path, self.damage)


def _open(path: Path) -> av.container.InputContainer:
    """Opens the file, or raises `BadClip` with what is wrong in one line."""
    if not path.exists():
        raise BadClip(f"{path}: no such file")
    if not path.is_file():
        raise BadClip(f"{path}: not a file; a folder of pictures is given as a folder")
    if path.stat().st_size == 0:
        raise BadClip(f"{path}: the file is empty")
    try:
        container = av.open(str(path.absolute()), mode="r")
    except av.error.FFmpegError as error:
        raise BadClip(f"{path}: {_why(error)}") from None
    if container.format.name.endswith("_pipe"):
        container.close()
        raise BadClip(f"{path}: a picture, not a video; name it as one (.jpg, .png)")
    if not container.streams.video:
        container.close()
        raise BadClip(f"{path}: holds no video")
    if getattr(container.streams.video[0], "codec_context", None) is None:
        container.close()
        raise BadClip(f"{path}: its video codec is not supported; convert it to H.264")
    return container


def _why(error: av.error.FFmpegError) -> str:
    if isinstance(error, av.error.PermissionError):
        return "may not be read: check its permissions"
    return "not a video, or cut off before its index was written"
