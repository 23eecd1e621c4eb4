"""A picture in full size, of which only the small one was copied.

The decoder's own picture, wherever its memory is, is held for a moment, and goes through a second
small pipeline only if somebody asks: for a snapshot with an alert, or a second look.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock, Thread
from typing import Any

import cv2
import numpy as np

from edge.core.types import Rgb
from edge.sources.gstreamer_elements import HELD_MAX, Elements, enlarging
from edge.sources.gstreamer_library import has_property, library
from edge.sources.sampling import NS

_TAKES_NS_MAX = 2 * NS
_AGAIN_S = 60.0  # after a picture that did not come, until another is asked for
_STOPS_S_MAX = 2.0
_LOG = logging.getLogger(__name__)


class FullSize:
    """The decoder's last pictures that were taken. Asked from any thread."""

    def __init__(self, elements: Elements, size: tuple[int, int]) -> None:
        self._elements = elements
        self._size = size
        self._gst = library()
        self._lock = Lock()  # of what is held: whoever reads the camera never waits for a picture
        self._held: OrderedDict[int, Any] = OrderedDict()
        self._closed = False
        self._converting = Lock()  # taken before the other
        self._pipeline: Any = None
        self._rests_until_s = 0.0
        self._stopping: Thread | None = None  # it may hang for as long as what it stops

    def hold(self, pts_ns: int, samples: Iterable[Any]) -> None:
        """Keeps the one of that time among these, and lets go of the oldest."""
        with self._lock:
            for sample in samples:
                if sample.get_buffer().pts == pts_ns and not self._closed:
                    self._held[pts_ns] = sample
            while len(self._held) > HELD_MAX:
                self._held.popitem(last=False)

    def picture(self, pts_ns: int, small: Rgb) -> Rgb:
        """H×W×3 uint8. It is the small one, enlarged, of one that is held no more, when the
        connection is closed, and for a minute after one did not come."""
        with self._converting:
            with self._lock:
                sample = None if self._closed else self._held.get(pts_ns)
            full = None if sample is None else self._convert(sample)
        if full is not None:
            return full
        return np.asarray(cv2.resize(small, self._size, interpolation=cv2.INTER_CUBIC), np.uint8)

    def close(self) -> None:
        """Lets go of everything; more than once is fine."""
        with self._lock:
            self._closed = True
            self._held.clear()
        with self._converting:
            self._stop()
            if self._stopping is not None:
                self._stopping.join(_STOPS_S_MAX)

    def _convert(self, sample: Any) -> Rgb | None:
        if self._resting or (self._stopping is not None and self._stopping.is_alive()):
            return None
        gst = self._gst
        if self._pipeline is None:
            self._pipeline = gst.parse_launch(enlarging(self._elements, has_property))
            self._pipeline.set_state(gst.State.PLAYING)
        self._pipeline.get_by_name("entry").push_sample(sample)
        made = self._pipeline.get_by_name("exit").try_pull_sample(_TAKES_NS_MAX)
        if made is not None:
            return rgb_of(made)
        _LOG.warning("no picture in full size came: small ones are enlarged for %g s", _AGAIN_S)
        self._rests_until_s = time.monotonic() + _AGAIN_S
        self._stop()  # what comes later belongs to nobody
        return None

    @property
    def _resting(self) -> bool:
        return time.monotonic() < self._rests_until_s

    def _stop(self) -> None:
        """On a thread of its own: an element that hangs is waited for, and the brain must not."""
        if self._pipeline is not None:
            null = self._gst.State.NULL
            self._stopping = Thread(target=self._pipeline.set_state, args=(null,), daemon=True)
            self._stopping.start()
            self._pipeline = None


def rgb_of(sample: Any) -> Rgb:
    """A copy of an RGBA picture in our own memory: H×W×3 uint8. Rows may be padded."""
    shape, buffer = sample.get_caps().get_structure(0), sample.get_buffer()
    width, height = shape.get_int("width")[1], shape.get_int("height")[1]
    data = np.frombuffer(buffer.extract_dup(0, buffer.get_size()), np.uint8)
    rows = data.reshape(height, -1)[:, : 4 * width].reshape(height, width, 4)
    return np.ascontiguousarray(rows[:, :, :3])
