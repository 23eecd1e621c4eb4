"""Events to send in tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from alerts.event import PHASES, Event, ModelUsed, ThresholdUsed, event_id

BEGAN = datetime(2026, 11, 20, 17, 45, 12, 345_000, timezone.utc)
SHA = "0123456789abcdef" * 4


def an_event(ordinal: int = 0, seq: int = 0, **changes: Any) -> Event:
    """An event; other ordinals are other incidents, `seq` picks the phase too."""
    event = Event(
        event_id=event_id("site", "hall", "collapse", "floor", ordinal, BEGAN),
        seq=seq,
        phase=PHASES[min(seq, 2)],
        label="collapse",
        site="site",
        camera="hall",
        zone="floor",
        occurred_at=BEGAN,
        detected_at=BEGAN + timedelta(seconds=4 + seq),
        score=0.87,
        threshold=ThresholdUsed(0.5, "model card", 0.9, 0.95, 29),
        model=ModelUsed("first", SHA),
        path="fast",
        box=(0.1, 0.2, 0.3, 0.4),
    )
    return replace(event, **changes)
