"""The latest frame of each camera, for the one thread that looks at all of them."""

from __future__ import annotations

from collections.abc import Callable
from threading import Condition

from edge.core.types import Frame


class Mailboxes:
    """One place a camera. A frame that comes before the last was taken replaces it, and counts as
    dropped: an old picture is worth nothing to somebody on the floor."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._waiting: dict[str, Frame] = {}
        self._dropped: dict[str, int] = {}
        self._ended: list[str] = []
        self._prepare: Callable[[Frame], object] = lambda _frame: None

    def prepared_by(self, prepare: Callable[[Frame], object]) -> None:
        """What is done from now on to a frame by whoever leaves it, on its camera's own thread."""
        self._prepare = prepare

    def put(self, frame: Frame) -> None:
        """Leave a frame; never waits for whoever takes it."""
        self._prepare(frame)
        with self._changed:
            if frame.camera in self._waiting:
                self._dropped[frame.camera] = self._dropped.get(frame.camera, 0) + 1
            self._waiting[frame.camera] = frame  # a replaced frame keeps its place in the queue
            self._changed.notify()

    def take(self, count_max: int, timeout_s: float) -> tuple[Frame, ...]:
        """At most one frame of each of `count_max` cameras, those waiting longest first; empty
        after `timeout_s`."""
        with self._changed:
            if not self._waiting and not self._ended:
                self._changed.wait(timeout_s)
            names = list(self._waiting)[:count_max]
            return tuple(self._waiting.pop(name) for name in names)

    def end(self, camera: str) -> None:
        """A recording is over: no more frames of this camera will come."""
        with self._changed:
            self._ended.append(camera)
            self._changed.notify()

    def take_ended(self) -> tuple[str, ...]:
        """The cameras whose recording is over and whose last frame has been taken; once each."""
        with self._changed:
            over = tuple(camera for camera in self._ended if camera not in self._waiting)
            self._ended = [camera for camera in self._ended if camera in self._waiting]
            return over

    def forget(self, camera: str) -> None:
        """The camera goes: what waits of it is of no interest any more."""
        with self._changed:
            self._waiting.pop(camera, None)
            self._ended = [one for one in self._ended if one != camera]

    def dropped(self, camera: str) -> int:
        """Frames of a camera that were replaced unseen."""
        with self._changed:
            return self._dropped.get(camera, 0)
