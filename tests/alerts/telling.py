"""Messages as they come from the broker, for tests of who takes them."""

from __future__ import annotations

from typing import Any

from alerts.answers import Command
from alerts.event import Event
from alerts.inbox import Received
from alerts.paging import Page
from alerts.standing import EventState, Standing
from alerts.status import Health
from alerts.topics import Topics
from tests.alerts.samples import BEGAN, an_event

TOPICS = Topics("floorwatch", "site")
JPEG = b"\xff\xd8\xff" + b"picture"
MP4 = b"\0\0\0\x18ftyp" + b"clip"


def told(event: Event) -> Received:
    """An alert."""
    topics = Topics("floorwatch", event.site)
    return Received(topics.alert(event.camera, event.label), event.to_json().encode(), retain=False)


def a_state(
    version: int = 1, standing: Standing = "open", ordinal: int = 0, **changes: Any
) -> EventState:
    """A state of the event of that ordinal."""
    event = an_event(ordinal)
    fields: dict[str, Any] = {
        "event_id": event.event_id,
        "version": version,
        "standing": standing,
        "by": None if standing == "open" else "Kim",
        "at": BEGAN,
        "note": "",
        "step": 1,
        "site": event.site,
        "camera": event.camera,
        "label": event.label,
        "zone": event.zone,
        "opened_at": BEGAN,
        "ongoing": True,
        "score": 0.9,
        "desk": "desk-1",
    }
    return EventState(**(fields | changes))


def stands(state: EventState) -> Received:
    """A state on its topic."""
    topics = Topics("floorwatch", state.site)
    return Received(topics.event_state(state.event_id), state.to_json().encode(), retain=True)


def answered(ordinal: int = 0, command_id: str = "c1", **changes: Any) -> Received:
    """An answer to the event of that ordinal."""
    fields: dict[str, Any] = {"action": "acknowledge", "who": "Kim", "at": BEGAN}
    command = Command(command_id, **(fields | changes))
    topic = TOPICS.event_command(an_event(ordinal).event_id)
    return Received(topic, command.to_json().encode(), retain=False)


def a_page(ordinal: int = 0, **changes: Any) -> Page:
    """The first page of the event of that ordinal."""
    event_id = an_event(ordinal).event_id
    fields: dict[str, Any] = {
        "page_id": f"{event_id}-s1-0",
        "event_id": event_id,
        "step": 1,
        "recipient": "floor",
        "subject": "Collapse in hall",
        "text": "Somebody lies on the floor.\nhall, floor",
        "at": BEGAN,
        "site": "site",
        "camera": "hall",
        "label": "collapse",
    }
    return Page(**(fields | changes))


def paged(page: Page) -> Received:
    """A page on its topic."""
    topic = Topics("floorwatch", page.site).page(page.recipient)
    return Received(topic, page.to_json().encode(), retain=False)


def pictured(ordinal: int = 0, payload: bytes = JPEG) -> Received:
    """The snapshot of the event of that ordinal."""
    return Received(TOPICS.event_snapshot(an_event(ordinal).event_id), payload, retain=False)


def filmed(ordinal: int = 0, payload: bytes = MP4) -> Received:
    """The clip of the event of that ordinal."""
    return Received(TOPICS.event_clip(an_event(ordinal).event_id), payload, retain=False)


def sees(health: Health) -> Received:
    """A camera's health."""
    topic = Topics("floorwatch", health.site).health(health.camera)
    return Received(topic, health.to_json().encode(), retain=True)


def empty(topic: str) -> Received:
    """What takes a retained message back."""
    return Received(topic, b"", retain=False)
