"""Test alerts, ordered by a person: told of a real picture of a real camera, but of no incident.

They take the whole way (camera, network, disk, broker, whoever listens), marked `drill`, so that a
site can practise, and watch the chain from end to end.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Event, Lock

from edge.core.types import LABELS, Box, Decision, Label
from edge.pipeline import Seen

_ORDINAL = -1  # of no real incident: a drill never shares an id with one
_PLACE = Box(0.0, 0.0, 1.0, 1.0)
_SECOND_NS = 1_000_000_000


@dataclass
class Order:
    """One drill. `begun` is set once a picture came and `event_id` is known; a picture that comes
    after `until_s` (monotonic clock) comes too late."""

    camera: str
    label: Label
    lasts_s: float
    until_s: float
    begun: Event = field(default_factory=Event)
    event_id: str = ""

    def begin(self, event_id: str) -> None:
        """The event was told."""
        self.event_id = event_id
        self.begun.set()


class Drills:
    """At most one for each camera and label at a time. `order` may be called from any thread, the
    rest by the one that looks."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._ordered: dict[tuple[str, Label], Order] = {}
        self._open: dict[tuple[str, Label], tuple[Decision, int]] = {}

    def order(self, camera: str, label: Label, lasts_s: float, patience_s: float) -> Order | None:
        """It begins with the camera's next picture, if that comes within `patience_s`; None while
        one is going on there. A newer order takes the place of one that waits."""
        key = (camera, label)
        order = Order(camera, label, lasts_s, time.monotonic() + patience_s)
        with self._lock:
            if key in self._open:
                return None
            self._ordered[key] = order
        return order

    def look(
        self, seen: Seen, thresholds: Callable[[Label], float]
    ) -> tuple[tuple[Decision, Order | None], ...]:
        """The phases that this picture is the time for; with the order that an `opened` answers."""
        camera, at_ns = seen.frame.camera, seen.frame.at_ns
        told: list[tuple[Decision, Order | None]] = []
        with self._lock:
            for key, (opened, until_ns) in list(self._open.items()):
                if key[0] == camera and at_ns >= until_ns:
                    del self._open[key]
                    told.append((_closed(opened, at_ns), None))
            for order in [one for one in self._ordered.values() if one.camera == camera]:
                del self._ordered[camera, order.label]
                if time.monotonic() > order.until_s:
                    continue
                opened = _opened(order, at_ns, thresholds(order.label))
                until_ns = at_ns + int(order.lasts_s * _SECOND_NS)
                self._open[camera, order.label] = (opened, until_ns)
                told.append((opened, order))
        return tuple(told)

    def finish(self, camera: str, at_ns: int) -> tuple[Decision, ...]:
        """Close what is open there, forget what was ordered: the camera goes, or the daemon."""
        with self._lock:
            for label in LABELS:
                self._ordered.pop((camera, label), None)
            keys = [key for key in self._open if key[0] == camera]
            return tuple(_closed(self._open.pop(key)[0], at_ns) for key in keys)


def _opened(order: Order, at_ns: int, threshold: float) -> Decision:
    return Decision(
        camera=order.camera,
        label=order.label,
        zone=None,
        ordinal=_ORDINAL,
        phase="opened",
        seq=0,
        since_ns=at_ns,
        opened_ns=at_ns,
        at_ns=at_ns,
        score=1.0,
        threshold=threshold,
        box=_PLACE,
        path="fast" if order.label == "collapse" else "persist",
        drill=True,
    )


def _closed(opened: Decision, at_ns: int) -> Decision:
    return replace(opened, phase="closed", seq=1, at_ns=at_ns)
