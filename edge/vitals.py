"""How the daemon is doing, in one frozen value: what status, metrics and health are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from alerts.clip_sender import ClipCounts
from alerts.event import Label, ModelUsed, Phase
from alerts.hearing import HeardCounts
from alerts.publisher import Counters
from alerts.retelling import RetoldCounts
from alerts.status import Reason, State


@dataclass(frozen=True)
class StreamVitals:
    """One stream of a camera since the daemon started. `frames` are pictures, or packets of a
    stream that is only recorded; `stalls` the times it fell silent, `replaced` the times its
    reading thread was stuck and given up for a new one, `clock_jumps` and `clock_stalls` what its
    clock did; `age_s` how long ago the last frame came, None before the first."""

    frames: int = 0
    skipped: int = 0
    packets_dropped: int = 0
    connects: int = 0
    lost: int = 0
    stalls: int = 0
    replaced: int = 0
    clock_jumps: int = 0
    clock_stalls: int = 0
    age_s: float | None = None


@dataclass(frozen=True)
class CameraVitals:
    """One camera: its health, since when and in words; its streams; how many frames were replaced
    unseen and how many were looked at, how many of these showed nothing new and were not shown to
    the network, and how many places were shown to it again; how long that took from the picture's
    arrival (ms, None before the first), and how often its evidence ring had to be emptied.
    `seconds` is how long it was watched, by what it could see: `ok`, and the reasons why not.
    `normal_s` is how much of its normal days was learnt (seconds); `drifted`: it no longer looks
    like that."""

    name: str
    health: Reason
    said: str
    since: datetime
    stream: StreamVitals
    record: StreamVitals | None = None
    frames_dropped: int = 0
    frames_inferred: int = 0
    frames_unchanged: int = 0
    second_looks: int = 0
    decided_after_ms_last: float | None = None
    decided_after_ms_mean: float | None = None
    ring_overflows: int = 0
    seconds: Mapping[Reason, float] = field(default_factory=dict)
    normal_s: float = 0.0
    drifted: bool = False


@dataclass(frozen=True)
class ThreadVitals:
    """One of the daemon's own threads: how long ago it last showed that it is alive, and for how
    long it may rightly be silent."""

    name: str
    silent_s: float
    silent_s_max: float


@dataclass(frozen=True)
class ServiceVitals:
    """What is done over MQTT beside alerting: what was heard, told again, and sent of clips."""

    heard: HeardCounts = field(default_factory=HeardCounts)
    retold: RetoldCounts = field(default_factory=RetoldCounts)
    clips: ClipCounts = field(default_factory=ClipCounts)


@dataclass(frozen=True)
class Vitals:
    """The whole daemon. `backend` runs the network, `preparing` says whether something faster is
    being made ready meanwhile, `engine_fault` why something faster was given up at work.
    `inference_stuck` counts batches that never came back, `events`
    phases by camera, label and phase (`drills` apart), `events_given_up` those that nobody came to
    tell, `evidence_refused` pictures and clips that `evidence_failed` for want of room on the disk,
    `evidence_short` that it is so now, `reloads` and `reloads_refused` site files read again;
    `memory_bytes` is what the process has resident, `threads` how many it runs, and `own_threads`
    those whose silence would be a fault. `onlooking_faults` says, a line each, what of looking at
    the cameras themselves was switched off by a bug."""

    site: str
    version: str
    model: ModelUsed
    state: State
    at: datetime
    started_at: datetime
    cameras: tuple[CameraVitals, ...]
    posted: Counters
    backend: str = ""
    preparing: bool = False
    engine_fault: str = ""
    batches: int = 0
    inference_stuck: int = 0
    events: Mapping[tuple[str, Label, Phase], int] | None = None
    drills: int = 0
    evidence_failed: int = 0
    evidence_refused: int = 0
    evidence_short: bool = False
    evidence_waiting: int = 0
    events_waiting: int = 0
    events_given_up: int = 0
    reloads: int = 0
    reloads_refused: int = 0
    memory_bytes: int = 0
    threads: int = 0
    own_threads: tuple[ThreadVitals, ...] = ()
    services: ServiceVitals = field(default_factory=ServiceVitals)
    onlooking_faults: str = ""

    @property
    def onlookers_off(self) -> int:
        """How much was switched off by a bug."""
        return len(self.onlooking_faults.splitlines())
