"""One RTSP connection: connecting, and reading packets.

Shared by `RtspSource` (decodes) and `PacketStream` (only records).

A thread of its own reads, since a read of FFmpeg's cannot be broken off: PyAV's read time-out
can, but asks Python for every few hundred bytes, and under load a camera then falls seconds
behind. So `stop` is honoured at once, by whoever waits for packets; on a camera that keeps the
thread in a silent read we hang up. Where that fails, the thread gives its connection back as soon
as FFmpeg's own time-out (`connect_timeout_s`) wakes it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from queue import Empty, Full, Queue
from threading import Event

import av
import av.container
import av.error

from edge.errors import SourceLost, SourceRefused, SourceStalled
from edge.sources.camera import REFUSALS, Camera, made_no_sense, resolve, why_not_open
from edge.sources.decoding import Arrived, timed
from edge.sources.hanging_up import Line
from edge.sources.knock import Doubts

# Some five seconds; what finds no room within _ROOM_S is dropped up to the next key frame.
_QUEUE_PACKETS = 128
_ROOM_S = 1.0
_LOOK_S = 0.2
_LEAVE_S = 1.0
_TURN_S = 1.0  # how long another connection to the same camera may keep this one waiting


class Wire:
    """A connection to one camera's video stream, opened once and read once.

    `packets_dropped` counts packets that were let go because nobody took them in time. `doubts` are
    those of all connections to this camera.
    """

    def __init__(self, camera: Camera, doubts: Doubts | None = None) -> None:
        self._camera = camera
        self._doubts = doubts or Doubts()
        self._container: av.container.InputContainer | None = None
        self._stream: av.VideoStream | None = None
        self._queue: Queue[Arrived] = Queue(_QUEUE_PACKETS)
        self._reader: threading.Thread | None = None
        self._failure: str = ""
        self._line = Line()
        self._leave = Event()
        self._closing = threading.Lock()
        self.packets_dropped = 0

    @property
    def stream(self) -> av.VideoStream:
        """The open video stream."""
        if self._stream is None:
            raise RuntimeError("not connected")
        return self._stream

    def open(self) -> None:
        """Connects and learns what the camera sends. Raises `SourceLost`, or `SourceRefused`
        where the camera does not take the login."""
        camera = self._camera
        with self._line.connecting(resolve(camera), _TURN_S):
            failure = self._try_open()
        if failure:
            self.close()
            kind = SourceRefused if failure in REFUSALS else SourceLost
            raise kind(f"{camera.where}: {failure}")

    def _try_open(self) -> str | None:
        """Opens; the reason in words when it does not work.

        A word instead of an exception, so that FFmpeg's own, with the address in it, is not
        carried along as the context of ours.
        """
        camera = self._camera
        if words := self._doubts.settle(camera):
            return words
        options = {
            "rtsp_transport": camera.transport,
            "timeout": str(int(camera.connect_timeout_s * 1e6)),
            # Look for picture sizes as long as it takes, but do not wait to learn the rate.
            "analyzeduration": str(int(camera.connect_timeout_s * 1e6)),
            "fpsprobesize": "0",
            # With a second medium FFmpeg shifts the video's clock at the first RTCP report.
            "allowed_media_types": "video",
        }
        began_s = time.monotonic()
        try:
            self._container = av.open(
                camera.address,
                mode="r",
                format="rtsp",
                options=options,
                timeout=(camera.connect_timeout_s, None),
            )
        except av.error.FFmpegError as error:
            took_s = time.monotonic() - began_s
            self._doubts.note(sense=not made_no_sense(error, took_s, camera))
            return why_not_open(error, took_s, camera)
        self._doubts.note(sense=True)
        return self._choose(self._container)

    def _choose(self, container: av.container.InputContainer) -> str | None:
        """Takes the video stream; the reason in words when there is none to take."""
        streams = container.streams.video
        if not streams:
            return "the stream has no video: check the path in its url"
        # An unknown codec leaves the stream without a codec context.
        if getattr(streams[0], "codec_context", None) is None:
            return "the video codec is not supported: set the camera to H.264 or H.265"
        if not streams[0].codec_context.width:
            return (
                f"connected, but no video came within {self._camera.connect_timeout_s:g} s; "
                "check that the stream is enabled on the camera"
            )
        self._stream = streams[0]
        return None

    def read(self, stop: Event) -> Generator[Arrived, None, None]:
        """Yields packets until `stop` is set, then ends; raises `SourceLost` when they cease,
        `SourceStalled` when only silence is left."""
        if self._reader is not None or self._failure:
            raise RuntimeError("a stream is read once")
        self._reader = threading.Thread(
            target=self._receive, name=f"wire:{self._camera.where}", daemon=True
        )
        self._reader.start()
        heard_s = time.monotonic()
        while not stop.is_set():
            failure: str = self._failure  # asked before the queue: what it ends with comes first
            try:
                packet = self._queue.get(timeout=_LOOK_S)
            except Empty:
                if failure:
                    raise SourceLost(f"{self._camera.where}: {failure}") from None
                if time.monotonic() - heard_s > self._camera.read_timeout_s:
                    words = f"no data for {self._camera.read_timeout_s:g} s"
                    raise SourceStalled(f"{self._camera.where}: {words}") from None
                continue
            yield packet
            heard_s = time.monotonic()  # after: a slow reader is not a silent camera

    def _receive(self) -> None:
        failure = "reading failed; the log has the reason"  # stays if the thread dies of a bug
        try:
            while not self._leave.is_set():
                try:
                    self._take_all()
                    failure = "the stream ended"
                    return
                except av.error.TimeoutError:
                    continue  # FFmpeg's own; how long is too long is for `read` to say
                except av.error.FFmpegError as error:
                    failure = f"the connection broke ({error.strerror or type(error).__name__})"
                    return
        finally:
            self._failure = failure
            with self._closing:
                self._reader = None
                if self._leave.is_set():
                    self._release()

    def _take_all(self) -> None:
        if self._container is None:
            raise RuntimeError("not connected")
        await_key = False
        for packet in timed(self._container.demux(self.stream)):
            if self._leave.is_set():
                return
            if not packet.size or (await_key and not packet.is_keyframe):
                self.packets_dropped += bool(packet.size)
                continue
            await_key = not self._put(Arrived(packet, time.monotonic_ns()))
            self.packets_dropped += await_key

    def _put(self, arrived: Arrived) -> bool:
        try:
            self._queue.put(arrived, timeout=_ROOM_S)
        except Full:
            return False
        return True

    def close(self) -> None:
        """Gives the connection back; more than once is fine."""
        self._leave.set()
        reader = self._reader
        if reader is not None:
            reader.join(_LEAVE_S)
            if reader.is_alive():
                self._line.hang_up()
                reader.join(_LEAVE_S)
        with self._closing:
            if self._reader is None:
                self._release()

    def _release(self) -> None:
        container, self._container, self._stream = self._container, None, None
        if container is not None:
            container.close()
        self._line.close()
