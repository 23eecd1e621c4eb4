"""A site for pages to show: what its device and its desk would publish, through a real broker."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from types import TracebackType
from typing import Any

from typing_extensions import Self

from alerts.broker import BrokerSettings
from alerts.event import Event, event_id
from alerts.mqtt import MqttSink
from alerts.ports import Message
from alerts.standing import EventState, Standing
from alerts.status import Health, Reason
from alerts.topics import Topics
from tests.alerts.samples import an_event


def now() -> datetime:
    """As the contract writes it."""
    return datetime.now(timezone.utc)


@dataclass
class Floor:
    """One site, its device and its desk online. Leaving disconnects without a word."""

    broker: BrokerSettings
    site: str
    known: dict[str, Event] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.topics = Topics("floorwatch", self.site)
        self._sink = MqttSink(self.broker)
        self._sink.__enter__()
        self.device("online")
        self.desk("online")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._sink.__exit__(kind, error, tb)

    def device(self, state: str) -> None:
        """The device's availability."""
        self._send(self.topics.availability, state.encode(), retain=True)

    def desk(self, state: str) -> None:
        """The desk's."""
        self._send(self.topics.desk_availability, state.encode(), retain=True)

    def health(self, camera: str, reason: Reason = "ok", detail: str | None = None) -> None:
        """Whether a camera can see."""
        text = Health(self.site, camera, reason, now(), detail).to_json()
        self._send(self.topics.health(camera), text.encode(), retain=True)

    def view(self, camera: str, jpeg: bytes) -> None:
        """What a camera shows that cannot see."""
        self._send(self.topics.view(camera), jpeg, retain=True)

    def event(
        self,
        camera: str = "hall",
        label: str = "collapse",
        *,
        age_s: float = 5,
        ordinal: int = 0,
        **more: Any,
    ) -> str:
        """An incident is opened. Returns its id."""
        began = now() - timedelta(seconds=age_s)
        zone = more.pop("zone", "floor")
        made = event_id(self.site, camera, label, zone, ordinal, began)
        event = an_event(
            event_id=made,
            site=self.site,
            camera=camera,
            label=label,
            zone=zone,
            occurred_at=began,
            detected_at=more.pop("detected_at", began),
            **more,
        )
        self.publish(event)
        return made

    def later(self, event_id: str, **changes: Any) -> None:
        """The next phase of an incident."""
        before = self.known[event_id]
        self.publish(replace(before, seq=before.seq + 1, detected_at=now(), **changes))

    def publish(self, event: Event) -> None:
        """One phase."""
        self.known[event.event_id] = event
        stamped = replace(event, published_at=now())
        topic = self.topics.alert(event.camera, event.label)
        self._send(topic, stamped.to_json().encode())

    def stands(
        self,
        event_id: str,
        standing: Standing,
        by: str | None = None,
        note: str = "",
        step: int = 1,
    ) -> None:
        """What the desk says of it now."""
        event = self.known[event_id]
        version = self.versions[event_id] = self.versions.get(event_id, 0) + 1
        state = EventState(
            event_id=event_id,
            version=version,
            standing=standing,
            by=by,
            at=now(),
            note=note,
            step=step,
            site=self.site,
            camera=event.camera,
            label=event.label,
            zone=event.zone,
            opened_at=event.detected_at,
            ongoing=event.phase != "closed",
            score=event.score,
            desk="desk",
        )
        self._send(self.topics.event_state(event_id), state.to_json().encode(), retain=True)

    def snapshot(self, event_id: str, jpeg: bytes) -> None:
        """Its picture."""
        self._send(self.topics.event_snapshot(event_id), jpeg)

    def plain(self, event_id: str, jpeg: bytes) -> None:
        """Its picture with nothing drawn into it."""
        self._send(self.topics.event_plain(event_id), jpeg)

    def clip(self, event_id: str, mp4: bytes) -> None:
        """Its clip."""
        self._send(self.topics.event_clip(event_id), mp4)

    def _send(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        self._sink.send(Message(topic, payload, retain))
