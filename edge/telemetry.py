"""What the daemon says about itself over MQTT: status at intervals, health as it changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from alerts.histogram import Times
from alerts.ports import Message
from alerts.publisher import Publisher
from alerts.status import CameraStatus, Health, OutboxStatus, Reason, State, Status
from alerts.topics import Topics
from edge.ports import Clock
from edge.vitals import CameraVitals, ServiceVitals, StreamVitals, Vitals

_POLL_S = 0.25


@dataclass
class Telemetry:
    """Announces the daemon's vitals. `read` takes them, given the state to write into them; the
    cameras in them may come and go. `forget_pictures` has the broker forget, at the start, the last
    picture that it kept of each. `view` gives what a camera shows that cannot see, as JPEG; nothing
    where it sees."""

    read: Callable[[State], Vitals]
    topics: Topics
    clock: Clock
    publisher: Publisher
    status_s: float
    forget_pictures: bool = False
    view: Callable[[str], bytes] = lambda _camera: b""
    _views: dict[str, bytes] = field(default_factory=dict)
    _told: dict[str, tuple[Reason, str]] = field(default_factory=dict)

    def run(self, stop: Event) -> None:
        """Until `stop`; says once more how things stand at the end."""
        period_ns = int(self.status_s * 1e9)
        next_ns = self.clock.now_ns()
        while not self.clock.wait(stop, _POLL_S):
            vitals = self.read("running")
            self._healths(vitals)
            now_ns = self.clock.now_ns()
            if now_ns >= next_ns:
                self._say(self.topics.status, status(vitals).to_json().encode())
                next_ns = max(next_ns + period_ns, now_ns)  # after a sleep not all that was missed
        vitals = self.read("stopping")
        self._healths(vitals)
        self._say(self.topics.status, status(vitals).to_json().encode())

    def _healths(self, vitals: Vitals) -> None:
        for camera in vitals.cameras:
            now = (camera.health, camera.said)
            if self.forget_pictures and camera.name not in self._told:
                self._say(self.topics.camera_snapshot(camera.name), b"")
            if self._told.get(camera.name) != now:
                self._told[camera.name] = now
                health = Health(vitals.site, camera.name, camera.health, camera.since, camera.said)
                self._say(self.topics.health(camera.name), health.to_json().encode())
            self._show(camera)
        for gone in self._told.keys() - {camera.name for camera in vitals.cameras}:
            del self._told[gone]
            self._views.pop(gone, None)
            self._say(self.topics.view(gone), b"")
            # An empty retained message makes the broker forget the last one.
            self._say(self.topics.health(gone), b"")
            self._say(self.topics.camera_snapshot(gone), b"")

    def _show(self, camera: CameraVitals) -> None:
        """What it shows while it cannot see; an empty message takes that back once it sees, also
        what an earlier process left there."""
        sees, before = camera.health == "ok", self._views.get(camera.name)
        view = b"" if sees else self.view(camera.name)
        if view != before and (sees or view or before):
            self._views[camera.name] = view
            self._say(self.topics.view(camera.name), view)

    def _say(self, topic: str, payload: bytes) -> None:
        self.publisher.announce(Message(topic, payload, retain=True))


def status(vitals: Vitals) -> Status:
    """The vitals as the contract tells them."""
    posted = vitals.posted
    return Status(
        site=vitals.site,
        at=vitals.at,
        started_at=vitals.started_at,
        state=vitals.state,
        version=vitals.version,
        model=vitals.model,
        cameras=tuple(
            CameraStatus(one.name, one.health, _camera_counters(one)) for one in vitals.cameras
        ),
        counters=_counters(vitals),
        outbox=OutboxStatus(
            depth=posted.depth,
            memory_depth=posted.memory_depth,
            durable=posted.durable,
            dead=posted.dead,
            dropped={str(kind): count for kind, count in posted.dropped.items()},
        ),
    )


def _counters(vitals: Vitals) -> dict[str, float]:
    posted = vitals.posted
    return {
        "engine_preparing": int(vitals.preparing),
        "engine_failed": int(bool(vitals.engine_fault)),
        "onlookers_off": vitals.onlookers_off,
        "batches": vitals.batches,
        "inference_stuck": vitals.inference_stuck,
        "messages_sent": posted.sent,
        "messages_unmatched": posted.unmatched,
        "messages_refused": posted.refused,
        "messages_put_off": posted.put_off,
        "messages_not_durable": posted.not_durable,
        "broker_connected": int(posted.connected),
        "broker_lost": posted.lost,
        "broker_failed": posted.failed,
        "broker_stuck": posted.stuck,
        "publisher_silent_s": round(posted.alive_s, 1),
        **_publish_s(posted.publish_s),
        "events": sum((vitals.events or {}).values()),
        "events_waiting": vitals.events_waiting,
        "events_given_up": vitals.events_given_up,
        "drills": vitals.drills,
        "evidence_failed": vitals.evidence_failed,
        "evidence_refused": vitals.evidence_refused,
        "evidence_short": int(vitals.evidence_short),
        "evidence_waiting": vitals.evidence_waiting,
        "reloads": vitals.reloads,
        "reloads_refused": vitals.reloads_refused,
        "memory_mb": round(vitals.memory_bytes / 2**20, 1),
        **_service_counters(vitals.services),
        "threads": vitals.threads,
        "silent_s_max": round(max((one.silent_s for one in vitals.own_threads), default=0.0), 1),
    }


def _service_counters(services: ServiceVitals) -> dict[str, float]:
    heard, retold, clips = services.heard, services.retold, services.clips
    return {
        "hearing": int(heard.connected),
        "heard": heard.heard,
        "heard_dropped": heard.dropped,
        "hearing_lost": heard.lost,
        "hearing_failed": heard.failed,
        **{f"resyncs_{name}": int(count) for name, count in vars(retold).items()},
        **{f"clips_{name}": count for name, count in vars(clips).items()},
    }


def _publish_s(times: Times) -> dict[str, float]:
    """Count and sum, so that a reader can take means; and how many within each step."""
    within = {
        f"published_within_{int(bound_s * 1000)}_ms": count
        for bound_s, count in zip(times.bounds_s, times.buckets, strict=True)
    }
    return {"published": times.count, "published_after_s_sum": round(times.sum_s, 3), **within}


def _camera_counters(camera: CameraVitals) -> dict[str, float]:
    stream, record = camera.stream, camera.record
    counters: dict[str, float | None] = {
        "frames_read": stream.frames,
        "frames_dropped": camera.frames_dropped,
        "frames_inferred": camera.frames_inferred,
        "frames_unchanged": camera.frames_unchanged,
        "second_looks": camera.second_looks,
        "pictures_skipped": stream.skipped,
        "packets_dropped": stream.packets_dropped,
        **_stream_counters(stream),
        "ring_overflows": camera.ring_overflows,
        **_seconds(camera),
        "normal_learnt_s": round(camera.normal_s, 1),
        "normal_drifted": int(camera.drifted),
        "frame_age_s": _rounded(stream.age_s, 3),
        "decided_after_ms": _rounded(camera.decided_after_ms_last, 1),
        "decided_after_ms_mean": _rounded(camera.decided_after_ms_mean, 1),
    }
    if record is not None:
        counters["record_packets"] = record.frames
        counters["record_age_s"] = _rounded(record.age_s, 3)
        counters["record_skipped"] = record.skipped
        counters["record_packets_dropped"] = record.packets_dropped
        counters |= {f"record_{name}": count for name, count in _stream_counters(record).items()}
    return {name: value for name, value in counters.items() if value is not None}


def _seconds(camera: CameraVitals) -> dict[str, float]:
    """How long it was watched, how much of that it could see, and why not for the rest."""
    told = {
        "seconds_watched": sum(camera.seconds.values()),
        "seconds_fit": camera.seconds.get("ok", 0.0),
        **{f"seconds_{why}": s for why, s in sorted(camera.seconds.items()) if why != "ok"},
    }
    return {name: round(seconds, 1) for name, seconds in told.items()}


def _stream_counters(stream: StreamVitals) -> dict[str, int]:
    return {
        "connects": stream.connects,
        "lost": stream.lost,
        "stalls": stream.stalls,
        "replaced": stream.replaced,
        "clock_jumps": stream.clock_jumps,
        "clock_stalls": stream.clock_stalls,
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
