"""Events that are of a camera and not of somebody in front of it: it cannot see, or what it shows
is unusual.

They take the way of all others (pictures, disk, broker), with their own scores: see `alerts.event`.
An event is carried by its last phase, so that it can be kept over a restart and ended after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from alerts.event import Event, ModelUsed, Path, ThresholdUsed, event_id
from edge.core.types import Box
from edge.pipeline import Seen
from edge.ports import Clock
from edge.report import Told

NoticeLabel = Literal["camera", "unusual"]
WHOLE = Box(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True)
class Notice:
    """What there is to say: since when (camera time), which rule said so, the score 0–1 and what it
    was held against, and where in the view."""

    camera: str
    label: NoticeLabel
    since_ns: int
    at_ns: int
    path: Path
    score: float
    threshold: ThresholdUsed
    box: Box = WHOLE


@dataclass(frozen=True)
class Noticing:
    """Raises such events for one site. `model` is the network in use, `tell` takes each phase and
    never blocks."""

    site: str
    model: ModelUsed
    clock: Clock
    tell: Callable[[Told], None]

    def opened(self, notice: Notice, seen: Seen | None = None) -> Event:
        """A new event, told with the picture in `seen` if there is one."""
        at = self.clock.utc(notice.at_ns)
        parts = (self.site, notice.camera, notice.label, None, 0, at)
        event = Event(
            event_id=event_id(*parts),
            seq=0,
            phase="opened",
            label=notice.label,
            site=self.site,
            camera=notice.camera,
            zone=None,
            occurred_at=self.clock.utc(notice.since_ns),
            detected_at=at,
            score=notice.score,
            threshold=notice.threshold,
            model=self.model,
            path=notice.path,
            box=(*notice.box,),
        )
        return self._told(event, notice.at_ns, seen)

    def updated(self, before: Event, notice: Notice, seen: Seen | None = None) -> Event:
        """The event that goes on, or has come back, as it is now."""
        event = replace(
            self._next(before, notice.at_ns),
            phase="updated",
            path=notice.path,
            score=notice.score,
            box=(*notice.box,),
        )
        return self._told(event, notice.at_ns, seen)

    def closed(self, before: Event, at_ns: int) -> Event:
        """The event that is over."""
        return self._told(replace(self._next(before, at_ns), phase="closed"), at_ns, None)

    def _next(self, before: Event, at_ns: int) -> Event:
        return replace(before, seq=before.seq + 1, detected_at=self.clock.utc(at_ns))

    def _told(self, event: Event, at_ns: int, seen: Seen | None) -> Event:
        self.tell(Told(event, None, seen, noticed_ns=at_ns))
        return event
