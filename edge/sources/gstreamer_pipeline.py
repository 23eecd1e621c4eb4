"""One camera's GStreamer pipeline: connected once, read by one thread, closed."""

from __future__ import annotations

import time
from typing import Any

from edge.errors import SourceLost, SourceRefused
from edge.ports import StreamInfo
from edge.sources.camera import REFUSALS, Camera, resolve
from edge.sources.gstreamer_elements import PACKETS_MAX, Elements
from edge.sources.gstreamer_failures import Report, made_no_sense, why_broken, why_not_open
from edge.sources.gstreamer_library import library
from edge.sources.gstreamer_plumbing import Plumbing, Wanted
from edge.sources.knock import Doubts
from edge.sources.sampling import NS

_LOOK_S = 0.05
_INSIDE_MAX = 16 + 4  # pictures a decoder may rightly hold back, and those just passing


class Pipeline:
    """From one camera to packets and small pictures, as GStreamer's samples. `skipped` says how
    many pictures at least could not be decoded, `packets_dropped` packets that nobody took in time;
    `decoder_failed`: that this machine cannot decode what the camera sends."""

    def __init__(
        self, camera: Camera, elements: Elements, wanted: Wanted, doubts: Doubts | None = None
    ) -> None:
        self._camera = camera
        self._elements = elements
        self._wanted = wanted
        self._doubts = doubts or Doubts()
        self._gst = library()
        self._parts: Plumbing | None = None
        self._report: Report | None = None
        self._pulled = 0
        self._await_key = False
        self.skipped = 0
        self.packets_dropped = 0
        self.decoder_failed = False

    @property
    def info(self) -> StreamInfo:
        """What the camera sends; known once open."""
        if self._parts is None or self._parts.info is None:
            raise RuntimeError("not connected")
        return self._parts.info

    def open(self) -> None:
        """Connects and learns what the camera sends. Raises `SourceLost`, or `SourceRefused` where
        the camera does not take the login."""
        camera = self._camera
        resolve(camera)
        failure = self._doubts.settle(camera)
        if failure is None:
            self._parts = Plumbing(camera, self._elements, self._wanted)
            self._parts.pipeline.set_state(self._gst.State.PLAYING)
            failure = self._await_description(self._parts)
            self._doubts.note(sense=bool(self._parts.media) or not made_no_sense(failure))
        if failure:
            self.close()
            kind = SourceRefused if failure in REFUSALS else SourceLost
            raise kind(f"{camera.where}: {failure}")

    def _await_description(self, parts: Plumbing) -> str:
        """The reason in words when none comes; else nothing."""
        camera = self._camera
        deadline_s = time.monotonic() + camera.connect_timeout_s
        while not parts.described.wait(_LOOK_S):
            self._hear(parts)
            report = self._report
            if report is not None and parts.media and "video" not in parts.media:
                return "the stream has no video: check the path in its url"
            if report is not None:
                return why_not_open(report, camera)
            if time.monotonic() > deadline_s:
                return (
                    f"connected, but no video came within {camera.connect_timeout_s:g} s; "
                    "check that the stream is enabled on the camera"
                    if parts.media
                    else f"timed out: no answer within {camera.connect_timeout_s:g} s"
                )
        self.decoder_failed = parts.decoder_failed
        return parts.failure

    def why_over(self) -> str:
        """Why nothing more will come, once what has come is taken; empty while it goes on."""
        parts = self._open_parts()
        self._hear(parts)
        if parts.failure:
            return parts.failure
        if self._report is not None:
            self.decoder_failed |= self._report.element != "rtspsrc"
            return why_broken(self._report)
        return "the stream ended" if parts.pictures.is_eos() else ""

    def picture(self, timeout_s: float) -> Any:
        """The next small picture; None when none comes in time, or ever."""
        return self._open_parts().pictures.try_pull_sample(int(timeout_s * NS))

    def frames(self) -> list[Any]:
        """The decoder's own pictures since the last call, but only the newest few."""
        return _all(self._open_parts().frames)

    def packets(self) -> list[Any]:
        """The buffers of all access units since the last call, none left out but those counted.
        After a gap it begins anew with a key frame."""
        parts = self._open_parts()
        counted = _passed(parts.counted)
        self._count_skipped(parts, counted)
        buffers = [sample.get_buffer() for sample in _all(parts.packets)]
        self._pulled += len(buffers)
        # Only a sink that was full lets go of any; one that is not may be behind the count by one.
        if len(buffers) >= PACKETS_MAX and counted > self._pulled:
            self.packets_dropped += counted - self._pulled
            self._pulled = counted
            self._await_key = True
        if self._await_key:
            buffers = self._from_key(buffers)
        return buffers

    def _count_skipped(self, parts: Plumbing, counted: int) -> None:
        """No decoder tells; but what went in and neither waits nor came out is lost."""
        waiting = parts.waiting.get_property("current-level-buffers")
        inside = counted - waiting - parts.every * _passed(parts.made)
        self.skipped = max(self.skipped, inside - _INSIDE_MAX)

    def _from_key(self, buffers: list[Any]) -> list[Any]:
        for number, buffer in enumerate(buffers):
            if not buffer.has_flags(self._gst.BufferFlags.DELTA_UNIT):
                self.packets_dropped += number
                self._await_key = False
                return buffers[number:]
        self.packets_dropped += len(buffers)
        return []

    def close(self) -> None:
        """Hangs up and gives everything back; more than once is fine."""
        parts, self._parts = self._parts, None
        if parts is not None:
            parts.take_down()

    def _open_parts(self) -> Plumbing:
        if self._parts is None:
            raise RuntimeError("not connected")
        return self._parts

    def _hear(self, parts: Plumbing) -> None:
        """Takes what GStreamer has to say, which it says to whoever asks."""
        while (message := parts.bus.pop_filtered(self._gst.MessageType.ERROR)) is not None:
            if self._report is None:  # the first is the cause of the others
                error, details = message.parse_error()
                self._report = Report(_element(message), error.domain, details or "")


def _passed(identity: Any) -> int:
    """How many buffers have passed it."""
    passed: int = identity.get_property("stats").get_uint64("num-buffers")[1]
    return passed


def _all(sink: Any) -> list[Any]:
    """What waits in an appsink."""
    taken = []
    while (sample := sink.try_pull_sample(0)) is not None:
        taken.append(sample)
    return taken


def _element(message: Any) -> str:
    """What kind of element a message comes from; of one inside `rtspsrc`, that."""
    kinds = []
    element = message.src
    while element is not None:
        factory = element.get_factory() if hasattr(element, "get_factory") else None
        kinds.append("" if factory is None else str(factory.get_name()))
        element = element.get_parent()
    return "rtspsrc" if "rtspsrc" in kinds else kinds[0]
