"""The seams of `edge`. Each has one conformance suite (`tests/seams`) over all implementations.

Connecting happens inside a seam; retrying never does: that is the caller's, in one place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Event
from types import TracebackType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from typing_extensions import Self

from edge.core.types import Rgb, Small

PictureBatch = NDArray[np.uint8]  # N×H×W×3 RGB
FloatBatch = NDArray[np.float32]  # N first


@dataclass(frozen=True)
class Packet:
    """One encoded access unit as the camera sent it. `pts_ns` counts on the stream's own clock;
    `data` is Annex B or AVCC as `StreamInfo.extradata` says."""

    pts_ns: int
    dts_ns: int
    keyframe: bool
    data: bytes


@dataclass(frozen=True)
class StreamInfo:
    """What a connected source delivers. `codec` is FFmpeg's name (`h264`, `hevc`, `mjpeg`), or
    empty where there are no packets; sizes in pixels; `fps` 0.0 when the stream does not say;
    `decoder` names what decodes it, where that is not FFmpeg on the CPU."""

    codec: str
    width: int
    height: int
    fps: float
    extradata: bytes
    decoder: str = ""

    def __str__(self) -> str:
        rate = f" at {self.fps:.3g} fps" if self.fps else ""
        decoder = f", decoded by {self.decoder}" if self.decoder else ""
        return f"{self.codec or 'pictures'} {self.width}×{self.height}{rate}{decoder}"


@dataclass(frozen=True)
class Picture:
    """One sampled picture. `pts_ns` is the stream's own clock, counted from the first picture of
    this connection and strictly increasing. `small` fits inside the size asked for, shape
    kept. `packets` are all packets received since the picture before, in order, none left out.
    `full()` gives the same picture H×W×3 uint8 in full resolution (call it soon or not at all).
    `held`: it is the last one of a recording, shown again, and no news of the camera."""

    pts_ns: int
    small: Small
    packets: tuple[Packet, ...]
    full: Callable[[], Rgb]
    held: bool = False

    @property
    def rgb(self) -> Rgb:
        """The small picture, H×W×3 uint8."""
        return self.small.rgb


class Source(Protocol):
    """A stream of pictures. Entering connects, once, or raises `SourceLost` (live) or `BadClip`
    (recordings). `pictures` yields until `stop` is set; a live stream that ends raises
    `SourceLost`, a recording that ends just ends. Every wait inside has a time-out, and setting
    `stop` ends the iteration within a second. Leaving releases everything; a source is used once.
    `skipped` counts pictures that could not be decoded, `packets_dropped` packets that were let go
    undecoded because nobody kept up, `clock_stalls` that the stream's clock stood still, crawled or
    raced: pictures are then timed by their arrival, for the rest of the connection. `damage` says
    in words what of a recording could not be used; it is empty while there is nothing to say."""

    @property
    def live(self) -> bool: ...

    @property
    def skipped(self) -> int: ...

    @property
    def packets_dropped(self) -> int: ...

    @property
    def clock_stalls(self) -> int: ...

    @property
    def damage(self) -> str: ...

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None: ...

    @property
    def info(self) -> StreamInfo: ...

    def pictures(self, stop: Event) -> Iterator[Picture]: ...


class Backend(Protocol):
    """Runs the network. `infer` takes N×H×W×3 uint8 RGB (1 ≤ N ≤ `batch_max`) and gives the
    outputs of the model card by name, each with N first. Same input, same output. Entering
    loads it or raises `BadModel`; `infer` outside of that is a bug and raises `RuntimeError`."""

    @property
    def batch_max(self) -> int: ...

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None: ...

    def infer(self, batch: PictureBatch) -> Mapping[str, FloatBatch]: ...


class Closer(Protocol):
    """Looks at close-ups. `down` takes N×side×side×3 uint8 RGB, N ≥ 1, as `card.close_ups` has
    them, and says how surely each shows somebody who is down: N numbers of 0–1, each the same
    whatever comes with it."""

    def down(self, close_ups: PictureBatch) -> FloatBatch: ...


class Clock(Protocol):
    """Time. `now_ns` never steps back; `utc` turns one of its values into UTC; `wait` returns
    after `seconds`, or at once with True when `stop` is set."""

    def now_ns(self) -> int: ...
    def utc(self, at_ns: int) -> datetime: ...
    def wait(self, stop: Event, seconds: float) -> bool: ...
