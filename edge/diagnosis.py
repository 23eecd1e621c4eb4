"""Is the daemon well? One answer for whoever would start it anew, with reasons in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from alerts import moments
from edge.vitals import CameraVitals, Vitals

# Long after the publisher would have replaced the thread, and more than once: it cannot any more.
_TALKER_SILENT_S_MAX = 300.0


@dataclass(frozen=True)
class Diagnosis:
    """`reasons` say why the daemon does not do its work: starting it anew may help. `concerns` are
    what somebody should see to though it does: a camera that is away, a broker, a disk. Starting
    the daemon anew mends none of these, and costs what is being watched."""

    vitals: Vitals
    reasons: tuple[str, ...]
    concerns: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether it does its work."""
        return not self.reasons

    def to_json(self) -> str:
        """Everything, for people and programs."""
        vitals, posted = self.vitals, self.vitals.posted
        fields = {
            "ok": self.ok,
            "reasons": self.reasons,
            "concerns": self.concerns,
            "site": vitals.site,
            "version": vitals.version,
            "backend": {"name": vitals.backend, "preparing": vitals.preparing},
            "state": vitals.state,
            "at": moments.to_text(vitals.at),
            "started_at": moments.to_text(vitals.started_at),
            "cameras": [_camera(camera) for camera in vitals.cameras],
            "broker": {"connected": posted.connected},
            "outbox": {
                "durable": posted.durable,
                "depth": posted.depth,
                "memory_depth": posted.memory_depth,
                "dead": posted.dead,
            },
            "threads": [
                {
                    "name": one.name,
                    "silent_s": round(one.silent_s, 1),
                    "silent_s_max": one.silent_s_max,
                }
                for one in vitals.own_threads
            ],
        }
        return json.dumps(fields, ensure_ascii=False, indent=2)


def diagnose(vitals: Vitals) -> Diagnosis:
    """What the vitals mean."""
    return Diagnosis(vitals, tuple(_reasons(vitals)), tuple(_concerns(vitals)))


def _reasons(vitals: Vitals) -> Iterator[str]:
    for one in vitals.own_threads:
        if one.silent_s > one.silent_s_max:
            yield f"thread {one.name} has shown no life for {one.silent_s:.0f} s"
    silent_s = vitals.posted.alive_s
    if silent_s > _TALKER_SILENT_S_MAX:
        yield f"the thread that talks to the broker has shown no life for {silent_s:.0f} s"


def _concerns(vitals: Vitals) -> Iterator[str]:
    for camera in vitals.cameras:
        if camera.health != "ok":
            yield f"camera {camera.name} is {camera.health}: {camera.said}"
        elif camera.drifted:
            yield f"camera {camera.name}: {camera.said}; see `floorwatch normal show {camera.name}`"
    if vitals.engine_fault:
        yield f"{vitals.engine_fault}; {vitals.backend} runs the network until the next start"
    yield from vitals.onlooking_faults.splitlines()
    posted = vitals.posted
    if not posted.connected:
        waiting = posted.depth + posted.memory_depth
        yield f"the broker is not connected; {waiting} messages wait"
    if not posted.durable:
        yield "the disk refuses alerts: they wait in memory alone"
    if vitals.evidence_short:
        yield "the disk is nearly full: no evidence is kept; see `evidence: free_mb_min:`"
    if posted.dead:
        yield f"the broker refused {posted.dead} messages for good; they are kept as dead letters"


def _camera(camera: CameraVitals) -> dict[str, object]:
    age_s = camera.stream.age_s
    return {
        "name": camera.name,
        "health": camera.health,
        "detail": camera.said,
        "since": moments.to_text(camera.since),
        "frame_age_s": None if age_s is None else round(age_s, 3),
    }
