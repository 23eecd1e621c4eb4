"""Encoded packets in, sampled small pictures out: the part cameras and recordings share.

One thread a stream, since the streams themselves fill the cores; the deblocking filter is left
out (it costs a third of the decoding and the network does not miss it); each picture that is
taken goes to its small size and to RGB in one pass, if somebody wants it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol, TypeAlias

import av
import av.error

from edge.errors import SourceLost
from edge.ports import Packet, Picture, StreamInfo
from edge.sources.sampling import Sampler
from edge.sources.scaling import Shrinker, full_size
from edge.sources.timeline import Timeline, to_ns

PENDING_BYTES_MAX = 64 * 1024 * 1024
FPS_MAX = 240
_UNTIMED = Fraction(1, 90_000)
_UNTIMED_MAX = 8

VideoPacket: TypeAlias = "av.Packet[av.VideoStream]"


@dataclass(frozen=True)
class Arrived:
    """A packet of a live stream and when it came, by our clock."""

    packet: VideoPacket
    at_ns: int


def info_of(stream: av.VideoStream) -> StreamInfo:
    """What an opened stream delivers."""
    context = stream.codec_context
    rates = (stream.average_rate, stream.guessed_rate, context.framerate)
    return StreamInfo(
        codec=context.codec.canonical_name,
        width=context.width,
        height=context.height,
        # Cameras write their clock's rate where the pictures' belongs.
        fps=next((float(rate) for rate in rates if rate and rate <= FPS_MAX), 0.0),
        extradata=context.extradata or b"",
    )


def timed(packets: Iterable[VideoPacket]) -> Iterator[VideoPacket]:
    """Gives the packets before the first time stamp one of their own.

    FFmpeg's RTSP reader loses that of the very first access unit, which is the key frame. Streams
    begin at 0, so that is what it gets, unless the next is far from there.
    """
    waiting: list[VideoPacket] = []
    clock_known = False
    for packet in packets:
        if clock_known or not packet.size:
            yield packet
            continue
        waiting.append(packet)
        if stamp_of(packet) is None and len(waiting) < _UNTIMED_MAX:
            continue
        clock_known = True
        _stamp_leading(waiting)
        yield from waiting
    if not clock_known:
        yield from waiting


def _stamp_leading(packets: list[VideoPacket]) -> None:
    *leading, known = packets
    first = stamp_of(known)
    if first is None or not leading:
        return
    second = round(1 / (known.time_base or _UNTIMED))
    start = 0 if 0 < first < 2 * second else first - len(leading) * second // 25
    for number, packet in enumerate(leading):
        packet.pts = packet.dts = start + number * (first - start) // len(leading)


def stamp_of(packet: VideoPacket) -> int | None:
    """The packet's time stamp in its own time base; None where it has none at all."""
    return packet.pts if packet.pts is not None else packet.dts


def stream_ns(packet: VideoPacket) -> int:
    """When the packet's picture is shown, in nanoseconds of the stream's own clock."""
    return to_ns(stamp_of(packet) or 0, packet.time_base or _UNTIMED)


def packet_of(packet: VideoPacket, shift_ns: int) -> Packet:
    """Our own copy of one access unit, its times moved by `shift_ns`."""
    pts_ns = stream_ns(packet)
    dts_ns = pts_ns
    if packet.dts is not None:
        dts_ns = to_ns(packet.dts, packet.time_base or _UNTIMED)
    return Packet(pts_ns + shift_ns, dts_ns + shift_ns, packet.is_keyframe, bytes(packet))


class Decoded(Protocol):
    """A decoded picture, wherever it is. FFmpeg's frames are such."""

    @property
    def is_corrupt(self) -> bool:
        """Whether it is damaged."""
        ...

    @property
    def width(self) -> int:
        """Pixels."""
        ...

    @property
    def height(self) -> int:
        """Pixels."""
        ...

    @property
    def pts(self) -> int | None:
        """Its time, in units of `time_base`."""
        ...

    @property
    def time_base(self) -> Fraction | None:
        """Seconds."""
        ...


class Decoder(Protocol):
    """Makes pictures of one stream's packets, in the order they are shown. They may stay where they
    are until somebody wants one."""

    @property
    def name(self) -> str:
        """Who decodes; empty for FFmpeg on the CPU."""
        ...

    def decode(self, packet: VideoPacket) -> Sequence[Decoded]:
        """The pictures it completes. Raises FFmpegError where it is damaged."""
        ...

    def frame(self, decoded: Any) -> av.VideoFrame:
        """One of those that `decode` gave last."""
        ...


class FfmpegDecoder:
    """FFmpeg on the CPU, on one thread."""

    name = ""

    def __init__(self, stream: av.VideoStream) -> None:
        stream.codec_context.thread_count = 1
        stream.codec_context.options = {"skip_loop_filter": "all"}

    def decode(self, packet: VideoPacket) -> Sequence[av.VideoFrame]:
        """See `Decoder`."""
        return packet.decode()

    def frame(self, decoded: av.VideoFrame) -> av.VideoFrame:
        """It is one already."""
        return decoded


class Decoding:
    """Decodes one video stream, samples it and keeps the packets between the samples.

    Of a live stream all pictures have one size: at another one `feed` raises `SourceLost`, since
    nothing said of the stream holds any more. `skipped` counts pictures that could not be decoded,
    `packets_dropped` packets that were let go because no picture came to carry them away.
    """

    def __init__(
        self,
        stream: av.VideoStream,
        *,
        fit: tuple[int, int],
        sampler: Sampler,
        timeline: Timeline,
        live: bool = False,
        decoder: Decoder | None = None,
    ) -> None:
        self._decoder: Decoder = decoder or FfmpegDecoder(stream)
        self._stream = stream
        self._shrinker = Shrinker(fit)
        self._sampler = sampler
        self._timeline = timeline
        self._live = live
        self._size: tuple[int, int] | None = None
        self._pending: deque[tuple[VideoPacket, int | None]] = deque()
        self._pending_bytes = 0
        self.skipped = 0
        self.decoded = 0
        self.packets_dropped = 0

    def feed(self, packet: VideoPacket, arrived_ns: int | None = None) -> Iterator[Picture]:
        """Takes the next packet (an empty one flushes) and yields the pictures it completes.

        A live one comes with the time of its arrival. Raises `SourceLost` when the clock of a live
        stream jumped, or its pictures change their size.
        """
        if packet.size:
            self._keep(packet, arrived_ns)
        try:
            frames = self._decoder.decode(packet)
        except av.error.FFmpegError:
            # One damaged access unit; whether it is one too many is for the caller to say.
            self.skipped += 1
            return
        for frame in frames:
            picture = self._picture(frame, arrived_ns)
            if picture is not None:
                yield picture

    def _keep(self, packet: VideoPacket, arrived_ns: int | None) -> None:
        self._pending.append((packet, arrived_ns))
        self._pending_bytes += packet.size
        while self._pending_bytes > PENDING_BYTES_MAX:
            self._pending_bytes -= self._pending.popleft()[0].size
            self.packets_dropped += 1

    def _picture(self, decoded: Decoded, arrived_ns: int | None) -> Picture | None:
        if decoded.is_corrupt:
            self.skipped += 1
            return None
        if self._live:
            self._check_size(decoded)
        self.decoded += 1
        base = decoded.time_base or _UNTIMED
        stamp_ns = None if decoded.pts is None else to_ns(decoded.pts, base)
        at_ns = self._timeline.picture_ns(stamp_ns, arrived_ns)
        if not self._sampler.take(at_ns):
            return None
        packets = tuple(
            packet_of(packet, self._timeline.packet_shift_ns(stream_ns(packet), arrived))
            for packet, arrived in self._pending
        )
        self._pending.clear()
        self._pending_bytes = 0
        aspect = self._stream.codec_context.sample_aspect_ratio
        frame = self._decoder.frame(decoded)
        small = self._shrinker.small(frame, aspect)
        return Picture(at_ns, small, packets, lambda: full_size(frame))

    def _check_size(self, frame: Decoded) -> None:
        size = (frame.width, frame.height)
        if self._size is not None and size != self._size:
            was, now = (f"{width}×{height}" for width, height in (self._size, size))
            raise SourceLost(f"the camera's pictures were {was} and are {now} now")
        self._size = size
