"""Looking at the cameras themselves, about once a second, beside the alarms and never in their way.

The brain hands on what it has just looked at; one thread of its own asks those who listen: whether
a camera is fit to see, what its normal days are like. Whatever they take of time, no alarm waits.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Condition, Event
from typing import Protocol

from edge.bystanders import EVERY, Bystanders
from edge.pipeline import Seen
from edge.pulse import Pulse

EVERY_NS = 950_000_000  # pictures come at their own rate: of five a second every fifth is taken
_WAIT_S = 0.25
_TICK_S = 1.0
_KEEP_S = 10.0
_SILENT_S_MAX = 900.0  # it writes files, and a disk may hang for minutes: alerts do not wait for it


class Listener(Protocol):
    """Who is shown the pictures. All calls come from the onlooker's thread. `part` is what it is
    called where it is told of."""

    part: str

    def look(self, seen: Seen, occupied: bool) -> None:
        """One picture, about once a second and camera. `occupied`: something is going on there
        (an event, somebody down, half an alarm), so that it is no sign of a normal day."""

    def forget(self, camera: str) -> None:
        """The camera is gone, or shows something else from now on."""

    def end(self, camera: str) -> None:
        """The camera is a recording that is over: what is open there ends, what was learnt is
        written and let go of."""

    def keep(self, camera: str, *, last: bool = False) -> None:
        """Every ten seconds, and at the end (`last`): write what is to outlive the process, once
        it is worth it, and see whether somebody else forgot or taught the camera meanwhile."""


@dataclass
class Overlooked:
    """How much the listeners were shown, by camera, and how much was replaced by a newer picture
    before they came to it. Written by the onlooker, read by others."""

    shown: dict[str, int] = field(default_factory=dict)
    replaced: dict[str, int] = field(default_factory=dict)


def due(before_ns: int | None, at_ns: int) -> bool:
    """Whether a picture is one of those that are shown, given the last that was."""
    return before_ns is None or at_ns - before_ns >= EVERY_NS or at_ns < before_ns


class Onlooker:
    """A place for one picture of each camera, and the thread that shows them. `ticks`, by the part
    they are of, are called about once a second, whether or not any camera shows anything. What
    raises is switched off in `bystanders`."""

    def __init__(
        self,
        listeners: Sequence[Listener],
        ticks: Mapping[str, Callable[[], None]] | None = None,
        *,
        keep_s: float = _KEEP_S,
        bystanders: Bystanders | None = None,
    ) -> None:
        self.pulse = Pulse(limit_s=_SILENT_S_MAX)
        self.looked = Overlooked()
        self._listeners = tuple(listeners)
        self._ticks = dict(ticks or {})
        self._keep_s = keep_s
        self.bystanders = bystanders or Bystanders()
        self._changed = Condition()
        self._waiting: dict[str, tuple[Seen, bool]] = {}
        self._gone: list[str] = []
        self._over: list[str] = []
        self._known: dict[str, None] = {}  # cameras that were shown
        self._taken_ns: dict[str, int] = {}  # the brain's alone

    def due(self, camera: str, at_ns: int) -> bool:
        """Whether a picture of that time is wanted. By the thread that calls `show`."""
        return bool(self._listeners) and due(self._taken_ns.get(camera), at_ns)

    def show(self, seen: Seen, occupied: bool) -> None:
        """Leave what was seen; never blocks. One that nobody has come to yet is replaced."""
        camera = seen.frame.camera
        self._taken_ns[camera] = seen.frame.at_ns
        with self._changed:
            if camera in self._waiting:
                self.looked.replaced[camera] = self.looked.replaced.get(camera, 0) + 1
            self._waiting[camera] = (seen, occupied)
            self._changed.notify()

    def forget(self, camera: str) -> None:
        """Nothing that was seen there counts any more. By the thread that calls `show`."""
        self._taken_ns.pop(camera, None)
        with self._changed:
            self._waiting.pop(camera, None)
            self._over = [one for one in self._over if one != camera]
            self._gone.append(camera)
            self._changed.notify()

    def end(self, camera: str) -> None:
        """It was a recording and is over. By the thread that calls `show`."""
        self._taken_ns.pop(camera, None)
        with self._changed:
            self._over.append(camera)
            self._changed.notify()

    def run(self, stop: Event) -> None:
        """Until `stop`; then what is to outlive the process is written."""
        ticked_s = kept_s = time.monotonic()
        while not stop.is_set():
            self.pulse.beat()
            self._look()
            now_s = time.monotonic()
            if now_s - ticked_s >= _TICK_S:
                ticked_s = now_s
                for part, tick in self._ticks.items():
                    self.bystanders.run(part, EVERY, tick)
            if now_s - kept_s >= self._keep_s:
                kept_s = now_s
                self._keep()
        self._look()
        self._keep(last=True)

    def _look(self) -> None:
        """What waits now, the oldest first."""
        with self._changed:
            if not (self._waiting or self._gone or self._over):
                self._changed.wait(_WAIT_S)
            gone, self._gone = self._gone, []
            over, self._over = self._over, []
            waiting, self._waiting = self._waiting, {}
        for camera in gone:
            self.bystanders.again(camera)
            self._known.pop(camera, None)
            for listener in self._listeners:
                self.bystanders.run(listener.part, camera, partial(listener.forget, camera))
        for camera, (seen, occupied) in waiting.items():
            self.pulse.beat()
            self._known[camera] = None
            for listener in self._listeners:
                looks = partial(listener.look, seen, occupied)
                self.bystanders.run(listener.part, camera, looks)
            self.looked.shown[camera] = self.looked.shown.get(camera, 0) + 1

        for camera in over:  # after its last picture
            self._known.pop(camera, None)
            for listener in self._listeners:
                self.bystanders.run(listener.part, camera, partial(listener.end, camera))

    def _keep(self, *, last: bool = False) -> None:
        for camera in self._known:
            self.pulse.beat()
            for listener in self._listeners:
                keeps = partial(listener.keep, camera, last=last)
                self.bystanders.run(listener.part, camera, keeps)
