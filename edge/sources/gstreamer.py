"""A live camera over RTSP, read and decoded by GStreamer: the way to a Jetson's own decoder.

On any other machine the same class runs with GStreamer's decoders for the CPU, and is tested so.
What a Jetson's own elements do has not been seen by these tests: their names and properties are
NVIDIA's documentation's.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from threading import Event
from types import TracebackType
from typing import Any

from typing_extensions import Self

from edge.core.types import Small
from edge.errors import SourceLost, SourceStalled
from edge.ports import Packet, Picture, StreamInfo
from edge.sources.camera import Camera
from edge.sources.decoding import PENDING_BYTES_MAX
from edge.sources.gstreamer_elements import Elements
from edge.sources.gstreamer_full import FullSize, rgb_of
from edge.sources.gstreamer_library import library
from edge.sources.gstreamer_pipeline import Pipeline
from edge.sources.gstreamer_plumbing import Wanted
from edge.sources.knock import Doubts
from edge.sources.mistrust import Mistrust
from edge.sources.rtsp import patience_s
from edge.sources.sampling import NS, Sampler
from edge.sources.timeline import Timeline

_LOOK_S = 0.2


class GstreamerSource:
    """Pictures of one RTSP stream (H.264 or H.265), as `RtspSource` gives them: same times, same
    time-outs, same words. Here `packets` carry their parameter sets and `extradata` is empty.

    `elements` are those of this machine. Raises NoGStreamer where there is none. What this machine
    cannot decode is noted in `mistrust`. `full()` of a picture is the small one, enlarged, once
    three more were taken or the source is left.
    """

    live = True
    damage = ""

    def __init__(
        self,
        camera: Camera,
        *,
        fit: tuple[int, int],
        sample_fps: float,
        elements: Elements,
        doubts: Doubts | None = None,
        mistrust: Mistrust | None = None,
    ) -> None:
        self._camera = camera
        self._elements = elements
        self._mistrust = mistrust
        self._sampler = Sampler(sample_fps)
        self._pipeline = Pipeline(camera, elements, Wanted(fit, sample_fps), doubts)
        self._step_ns = NS // 25
        self._timeline = Timeline(live=True, step_ns=self._step_ns)
        self._full: FullSize | None = None
        self._pending: deque[tuple[Any, int]] = deque()  # buffers and when they came
        self._pending_bytes = 0
        self._packet_ns = 0  # of the last one, by the stream's clock
        self._let_go = 0
        self._corrupt = 0
        self._used = False

    @property
    def skipped(self) -> int:
        """Pictures that could not be decoded, as far as that can be known: at least so many."""
        return self._corrupt + self._pipeline.skipped

    @property
    def packets_dropped(self) -> int:
        """Packets let go because nobody kept up, or no picture came to take them."""
        return self._let_go + self._pipeline.packets_dropped

    @property
    def clock_stalls(self) -> int:
        """How often the stream's clock was given up for arrival times: 1 at most."""
        return self._timeline.stalls

    @property
    def info(self) -> StreamInfo:
        """What the camera sends; known once connected."""
        return self._pipeline.info

    def __enter__(self) -> Self:
        if self._used:
            raise RuntimeError("a source is used once: build a new one to connect again")
        self._used = True
        try:
            self._pipeline.open()
        except SourceLost as lost:
            self._distrust(str(lost))
            raise
        info = self._pipeline.info
        self._step_ns = int(NS / (info.fps or 25))
        self._timeline = Timeline(live=True, step_ns=self._step_ns, name=self._camera.where)
        self._full = FullSize(self._elements, (info.width, info.height))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._pending.clear()
        if self._full is not None:
            self._full.close()
        self._pipeline.close()

    def pictures(self, stop: Event) -> Iterator[Picture]:
        """Yields pictures until `stop`; raises `SourceLost` when the stream ends or fails."""
        if self._full is None:
            raise RuntimeError("not connected")
        heard_s = seen_s = time.monotonic()
        pictures_came = False
        while not stop.is_set():
            over = self._pipeline.why_over()  # asked first: what it ends with comes before
            sample = self._pipeline.picture(_LOOK_S)
            heard = self._collect()
            now_s = time.monotonic()
            heard_s = now_s if heard else heard_s
            if sample is not None:
                picture = self._picture(sample, self._full)
                if picture is not None:
                    yield picture
                # Asked after: a slow reader is not a silent camera.
                heard_s = seen_s = time.monotonic()
                pictures_came = True
            elif over:
                self._distrust(over)
                raise SourceLost(f"{self._camera.where}: {over}")
            else:
                self._judge(now_s - heard_s, now_s - seen_s if heard else 0.0, pictures_came)

    def _judge(self, silent_s: float, blind_s: float, pictures_came: bool) -> None:
        """Whether this is too long without data, or with data that is no picture."""
        where, timeout_s = self._camera.where, self._camera.read_timeout_s
        if silent_s > timeout_s:
            raise SourceStalled(f"{where}: no data for {timeout_s:g} s")
        if blind_s > (most_s := patience_s(timeout_s, pictures_came=pictures_came)):
            raise SourceStalled(
                f"{where}: data comes, but no picture could be decoded for {most_s:g} s"
            )

    def _distrust(self, words: str) -> None:
        if self._pipeline.decoder_failed and self._mistrust is not None:
            self._mistrust.note(words)

    def _collect(self) -> bool:
        """Takes the packets that have come; whether there were any."""
        buffers, at_ns = self._pipeline.packets(), time.monotonic_ns()
        for buffer in buffers:
            self._pending.append((buffer, at_ns))
            self._pending_bytes += buffer.get_size()
        while self._pending_bytes > PENDING_BYTES_MAX:
            self._pending_bytes -= self._pending.popleft()[0].get_size()
            self._let_go += 1
        return bool(buffers)

    def _picture(self, sample: Any, full: FullSize) -> Picture | None:
        flags, buffer = library().BufferFlags, sample.get_buffer()
        if buffer.has_flags(flags.CORRUPTED):
            self._corrupt += 1
            return None
        stream_ns = _known_ns(buffer.pts)
        at_ns = self._timeline.picture_ns(stream_ns, time.monotonic_ns())
        if not self._sampler.take(at_ns):
            return None
        packets = tuple(self._packet(one, came_ns) for one, came_ns in self._pending)
        self._pending.clear()
        self._pending_bytes = 0
        full.hold(buffer.pts, self._pipeline.frames())
        rgb, key = rgb_of(sample), buffer.pts
        return Picture(at_ns, Small(lambda: rgb), packets, lambda: full.picture(key, rgb))

    def _packet(self, buffer: Any, came_ns: int) -> Packet:
        stream_ns, dts_ns = _known_ns(buffer.pts), _known_ns(buffer.dts)
        if stream_ns is None:  # GStreamer drops the times of a clock that stands still
            stream_ns = self._packet_ns + self._step_ns if dts_ns is None else dts_ns
        self._packet_ns = stream_ns
        shift_ns = self._timeline.packet_shift_ns(stream_ns, came_ns)
        return Packet(
            pts_ns=stream_ns + shift_ns,
            dts_ns=(stream_ns if dts_ns is None else min(dts_ns, stream_ns)) + shift_ns,
            keyframe=not buffer.has_flags(library().BufferFlags.DELTA_UNIT),
            data=buffer.extract_dup(0, buffer.get_size()),
        )


def _known_ns(stamp: int) -> int | None:
    """A time of GStreamer's, which has a number for none."""
    return None if stamp == library().CLOCK_TIME_NONE else stamp
