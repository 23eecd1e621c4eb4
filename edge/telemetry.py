"""What the daemon says about itself over MQTT: status at intervals, health as it changes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Event

from alerts.event import ModelUsed
from alerts.ports import Message
from alerts.publisher import Counters, Publisher
from alerts.status import CameraStatus, Health, OutboxStatus, Reason, State, Status
from alerts.topics import Topics
from edge.brain import Looked
from edge.mailbox import Mailboxes
from edge.ports import Clock
from edge.reconnect import Tally

_POLL_S = 0.25


@dataclass
class Telemetry:
    """Reads everybody's tallies and announces them. `tallies` by camera; `records` those of the
    second streams, `failed` how much evidence could not be kept."""

    site: str
    version: str
    model: ModelUsed
    topics: Topics
    clock: Clock
    publisher: Publisher
    mailboxes: Mailboxes
    looked: Looked
    tallies: Mapping[str, Tally]
    records: Mapping[str, Tally]
    failed: Callable[[], int]
    status_s: float
    _told: dict[str, tuple[Reason, str]] = field(default_factory=dict)

    def run(self, stop: Event) -> None:
        """Until `stop`; says once more how things stand at the end."""
        started_ns = self.clock.now_ns()
        next_ns = started_ns
        while not self.clock.wait(stop, _POLL_S):
            self._healths()
            if self.clock.now_ns() >= next_ns:
                self._status(started_ns, "running")
                next_ns += int(self.status_s * 1e9)
        self._status(started_ns, "stopping")

    def _healths(self) -> None:
        for camera, tally in self.tallies.items():
            now = (tally.reason, tally.said)
            if self._told.get(camera) != now:
                self._told[camera] = now
                health = Health(
                    self.site, camera, tally.reason, self.clock.utc(tally.since_ns), tally.said
                )
                self._say(self.topics.health(camera), health.to_json())

    def _status(self, started_ns: int, state: State) -> None:
        posted = self.publisher.counters()
        status = Status(
            site=self.site,
            at=self.clock.utc(self.clock.now_ns()),
            started_at=self.clock.utc(started_ns),
            state=state,
            version=self.version,
            model=self.model,
            cameras=tuple(self._camera(name) for name in self.tallies),
            counters=self._counters(posted),
            outbox=OutboxStatus(
                depth=posted.depth,
                memory_depth=posted.memory_depth,
                durable=posted.durable,
                dead=posted.dead,
                dropped={str(kind): count for kind, count in posted.dropped.items()},
            ),
        )
        self._say(self.topics.status, status.to_json())

    def _camera(self, name: str) -> CameraStatus:
        tally = self.tallies[name]
        counters: dict[str, float] = {
            "frames_read": tally.frames,
            "frames_dropped": self.mailboxes.dropped(name),
            "frames_inferred": self.looked.frames.get(name, 0),
            "pictures_skipped": tally.skipped,
            "packets_dropped": tally.packets_dropped,
            "connects": tally.connects,
            "lost": tally.lost,
            "clock_jumps": tally.clock_jumps,
        }
        if tally.last_ns >= 0:
            counters["frame_age_s"] = round((self.clock.now_ns() - tally.last_ns) / 1e9, 3)
        if name in self.looked.age_ms_last:
            counters["decided_after_ms"] = round(self.looked.age_ms_last[name], 1)
            mean_ms = self.looked.age_total_ms.get(name, 0.0) / self.looked.frames[name]
            counters["decided_after_ms_mean"] = round(mean_ms, 1)
        if name in self.records:
            counters["record_packets"] = self.records[name].frames
            counters["record_lost"] = self.records[name].lost
        return CameraStatus(name, tally.reason, counters)

    def _counters(self, posted: Counters) -> dict[str, float]:
        return {
            "batches": self.looked.batches,
            "messages_sent": posted.sent,
            "messages_unmatched": posted.unmatched,
            "messages_refused": posted.refused,
            "messages_put_off": posted.put_off,
            "messages_not_durable": posted.not_durable,
            "broker_lost": posted.lost,
            "broker_failed": posted.failed,
            "evidence_failed": self.failed(),
        }

    def _say(self, topic: str, payload: str) -> None:
        self.publisher.announce(Message(topic, payload.encode(), retain=True))
