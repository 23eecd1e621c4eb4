"""The parts of a camera's GStreamer pipeline, put together as the camera says what it sends.

GStreamer calls on threads of its own, while it connects and when the description of the stream
changes. What is found out there waits until whoever reads asks for it; nothing may be raised there,
since nobody would hear it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from threading import Event
from typing import Any

from edge.ports import StreamInfo
from edge.sources.camera import Camera
from edge.sources.gstreamer_elements import (
    CODECS,
    DROP_INTERVAL,
    Elements,
    decoding,
    drop_interval,
    receiving,
)
from edge.sources.gstreamer_library import faults, has_property, library
from edge.sources.sampling import fit_inside

_TCP, _UDP = 4, 1  # GstRTSPLowerTrans
_LATENCY_MS = 200  # how long it waits for what UDP brought out of order; TCP never waits


@dataclass(frozen=True)
class Wanted:
    """What pictures are wanted: the size they must fit in, and how many a second."""

    fit: tuple[int, int]
    sample_fps: float


class Plumbing:
    """Once `described`, there are `info`, the sinks `packets`, `frames` and `pictures`, and on the
    way to them what counts; or `failure` says in words why not. `decoder_failed`: that it is
    this machine's fault, not the camera's. `media` are the kinds of what the camera offers."""

    packets: Any
    counted: Any
    gate: Any
    waiting: Any
    made: Any
    frames: Any
    pictures: Any

    def __init__(self, camera: Camera, elements: Elements, wanted: Wanted) -> None:
        self._elements = elements
        self._wanted = wanted
        self._gst = library()
        self.every = 1  # of so many pictures one leaves the decoder
        self.described = Event()
        self.info: StreamInfo | None = None
        self.media: set[str] = set()
        self.failure = ""
        self.decoder_failed = False
        self.pipeline = self._gst.Pipeline.new(None)
        self._source = self._gst.ElementFactory.make("rtspsrc", "source")
        for name, value in _settings(camera).items():
            self._source.set_property(name, value)
        self._handlers: list[tuple[Any, int]] = []
        self._listen(self._source, "select-stream", self._select)
        self._listen(self._source, "pad-added", self._receive)
        self.pipeline.add(self._source)
        self.bus = self.pipeline.get_bus()

    def take_down(self) -> None:
        """Ends it and gives everything back; more than once is fine."""
        self.pipeline.set_state(self._gst.State.NULL)
        for element, handler in self._handlers:
            element.disconnect(handler)
        self._handlers = []

    def _listen(self, element: Any, signal: str, called: Any, *more: Any) -> None:
        self._handlers.append((element, element.connect(signal, called, *more)))

    def _select(self, _source: Any, _number: int, caps: Any) -> bool:
        """Called for each medium the camera offers: the first that is video is asked for. With a
        second one the video's clock would be shifted to fit."""
        kind = caps.get_structure(0).get_string("media") or "unknown"
        first = kind == "video" and "video" not in self.media
        self.media.add(kind)
        return first

    def _receive(self, _source: Any, pad: Any) -> None:
        """Called when the camera begins to send."""
        name = pad.get_current_caps().get_structure(0).get_string("encoding-name") or "unknown"
        codec = CODECS.get(name.upper())
        if codec is None:
            self._give_up(f"GStreamer is used for H.264 and H.265, but the camera sends {name:.20}")
            return
        units = self._add(receiving(codec))
        if units is None:
            return
        self.packets, self.counted = units.get_by_name("packets"), units.get_by_name("counted")
        # Told of on this side of the tee before what comes after it hears.
        before_tee = units.get_by_name("units").get_static_pad("sink").get_peer()
        self._listen(before_tee, "notify::caps", self._look, codec, units)
        pad.link(units.get_static_pad("sink"))

    def _look(self, pad: Any, _caps: Any, codec: str, units: Any) -> None:
        """Called with what is said of the stream before its data."""
        caps = pad.get_current_caps()
        if caps is None:
            return
        shape = caps.get_structure(0)
        size = (shape.get_int("width")[1], shape.get_int("height")[1])
        if all(size) and self.info is None:
            self._decode(codec, units, size, shape)
        elif all(size) and self.info is not None:
            self._compare((self.info.width, self.info.height), size)

    def _compare(self, was: tuple[int, int], now: tuple[int, int]) -> None:
        if was != now:
            self.gate.set_property("drop", True)  # no picture of it shall be seen
            before, after = (f"{width}×{height}" for width, height in (was, now))
            self.failure = f"the camera's pictures were {before} and are {after} now"

    def _decode(self, codec: str, units: Any, size: tuple[int, int], shape: Any) -> None:
        """Now that size and rate are known, the decoder can be set up and joined on."""
        elements = self._elements
        fps = float(_fraction(shape, "framerate") or 0)
        small = fit_inside(size, self._wanted.fit, _fraction(shape, "pixel-aspect-ratio"))
        every = drop_interval(fps, self._wanted.sample_fps)
        if not has_property(elements.decoders[codec], DROP_INTERVAL):
            every = 0
        part = self._add(decoding(elements, codec, small, every, has_property))
        if part is None:
            return
        for name in ("gate", "waiting", "made", "frames", "pictures"):
            setattr(self, name, part.get_by_name(name))
        self.every = max(1, every)
        outlet = units.get_by_name("units").request_pad_simple("src_%u")
        ghost = self._gst.GhostPad.new("decoded", outlet)
        ghost.set_active(True)
        units.add_pad(ghost)
        ghost.link(part.get_static_pad("sink"))
        self.info = StreamInfo(codec, *size, fps, b"", f"GStreamer ({elements.decoders[codec]})")
        self.described.set()

    def _add(self, description: str) -> Any:
        """One more part, at work; None where this machine's GStreamer cannot make it."""
        try:
            part = self._gst.parse_bin_from_description(description, True)
        except faults():
            self._give_up("GStreamer lacks an element: see `floorwatch doctor`")
            return None
        self.pipeline.add(part)
        part.sync_state_with_parent()
        return part

    def _give_up(self, failure: str) -> None:
        self.failure, self.decoder_failed = failure, True
        self.described.set()


def _settings(camera: Camera) -> dict[str, object]:
    """Of `rtspsrc`. The login never stands in the address, which GStreamer quotes."""
    user, password = camera.login
    return {
        "location": camera.open_address,
        "protocols": _UDP if camera.transport == "udp" else _TCP,
        "latency": _LATENCY_MS,
        "buffer-mode": 0,  # times are the camera's own, not bent to our clock
        "do-retransmission": False,
        "tcp-timeout": int(camera.connect_timeout_s * 1e6),
        "tls-validation-flags": 0,  # cameras sign their own certificates
        "user-agent": "floorwatch",
        **({"user-id": user, "user-pw": password} if user else {}),
    }


def _fraction(shape: Any, name: str) -> Fraction | None:
    """A field of the stream's description; None where it says nothing of use."""
    found, numerator, denominator = shape.get_fraction(name)
    return Fraction(numerator, denominator) if found and numerator > 0 < denominator else None
