"""Decisions to events: the one place where a camera's time becomes UTC."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime

from alerts.event import Event, ModelUsed, ThresholdUsed, event_id
from edge.core.card import Card
from edge.core.types import Decision, Label
from edge.ports import Clock

_REMEMBERED = 512  # incidents; far more than can be open or cooling at once

Thresholds = Mapping[tuple[str, Label], ThresholdUsed]


class Eventing:
    """Turns decisions of one site and one model into events.

    The UTC of an incident's beginning is taken once and remembered: it is part of the id, and a
    wall clock that is set while the incident lasts must not make two of one. Used by one thread.
    """

    def __init__(self, site: str, card: Card, clock: Clock, thresholds: Thresholds) -> None:
        self._site = site
        self._model = ModelUsed(name=card.name, sha256=card.sha256)
        self._clock = clock
        self.thresholds = thresholds
        self._begun: OrderedDict[tuple[object, ...], tuple[datetime, datetime]] = OrderedDict()

    def event_id(self, decision: Decision) -> str:
        """The same for every phase of an incident, and for every replay of it."""
        return event_id(
            self._site,
            decision.camera,
            decision.label,
            decision.zone,
            decision.ordinal,
            self._beginning(decision)[1],
        )

    def event(self, decision: Decision) -> Event:
        """One phase, without evidence."""
        box = decision.box
        return Event(
            event_id=self.event_id(decision),
            seq=decision.seq,
            phase=decision.phase,
            label=decision.label,
            site=self._site,
            camera=decision.camera,
            zone=decision.zone,
            occurred_at=self._beginning(decision)[0],
            detected_at=self._clock.utc(decision.at_ns),
            score=decision.score,
            threshold=self.thresholds[decision.camera, decision.label],
            model=self._model,
            path=decision.path,
            box=(box.x, box.y, box.w, box.h),
            drill=decision.drill,
        )

    def _beginning(self, decision: Decision) -> tuple[datetime, datetime]:
        """When it occurred and when the event opened."""
        key = (decision.camera, decision.label, decision.zone, decision.ordinal, decision.opened_ns)
        if key not in self._begun:
            self._begun[key] = (
                self._clock.utc(decision.since_ns),
                self._clock.utc(decision.opened_ns),
            )
            if len(self._begun) > _REMEMBERED:
                self._begun.popitem(last=False)
        self._begun.move_to_end(key)  # the oldest is what was not spoken of for longest
        return self._begun[key]
