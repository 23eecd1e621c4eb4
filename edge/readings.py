"""Takes the daemon's vitals: reads what its threads count, without stopping any of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from alerts.event import ModelUsed
from alerts.publisher import Counters
from alerts.status import State
from edge.attending import Attending
from edge.backends.switching import Runs
from edge.blindness import Sight, sight
from edge.brain import Brain
from edge.bystanders import Bystanders
from edge.evidence import Keeper
from edge.fitness import Fitness
from edge.mailbox import Mailboxes
from edge.normality import DRIFTED, Normality
from edge.orders import Orders
from edge.ports import Clock
from edge.pulse import Pulse
from edge.reconnect import Tally
from edge.report import Reporter
from edge.ring import PacketRing
from edge.teller import Teller
from edge.vitals import CameraVitals, ServiceVitals, StreamVitals, ThreadVitals, Vitals

UNJUDGED = "whether it can see is not judged any more, by a bug; see the log"
_STATM = Path("/proc/self/statm")


@dataclass(frozen=True)
class Watched:
    """What there is to read of one camera."""

    stream: Tally
    record: Tally | None = None
    ring: PacketRing | None = None


@dataclass(frozen=True)
class Readings:
    """Where each number is read. `cameras` says who is watched now, for cameras come and go."""

    site: str
    version: str
    model: ModelUsed
    clock: Clock
    cameras: Callable[[], Mapping[str, Watched]]
    mailboxes: Mailboxes
    brain: Brain
    reporter: Reporter
    teller: Teller
    keeper: Keeper
    orders: Orders
    posted: Callable[[], Counters]
    runs: Callable[[], Runs]
    started_ns: int
    pulses: Mapping[str, Pulse]
    services: Callable[[], ServiceVitals] = ServiceVitals
    fitness: Fitness | None = None
    attending: Attending | None = None
    normality: Normality | None = None
    bystanders: Bystanders | None = None

    def take(self, state: State) -> Vitals:
        """All of them, now."""
        now_ns, runs = self.clock.now_ns(), self.runs()
        return Vitals(
            site=self.site,
            version=self.version,
            model=self.model,
            state=state,
            at=self.clock.utc(now_ns),
            started_at=self.clock.utc(self.started_ns),
            cameras=tuple(self._camera(*one, now_ns) for one in self.cameras().items()),
            posted=self.posted(),
            backend=runs.name,
            preparing=runs.preparing,
            engine_fault=runs.fault,
            batches=self.brain.looked.batches,
            inference_stuck=self.brain.looked.stuck,
            events=self.reporter.counted(),
            drills=self.reporter.drills,
            events_waiting=self.teller.waiting(),
            events_given_up=self.teller.given_up,
            evidence_failed=self.keeper.failed,
            evidence_refused=self.keeper.shelf.refused,
            evidence_short=bool(self.keeper.shelf.short),
            evidence_waiting=self.keeper.waiting(),
            reloads=self.orders.reloads,
            reloads_refused=self.orders.refused,
            memory_bytes=memory_bytes(),
            threads=threading.active_count(),
            services=self.services(),
            onlooking_faults="\n".join(self.bystanders.faults() if self.bystanders else ()),
            own_threads=tuple(
                ThreadVitals(name, pulse.age_s(), pulse.limit_s)
                for name, pulse in self.pulses.items()
            ),
        )

    def _camera(self, name: str, watched: Watched, now_ns: int) -> CameraVitals:
        tally, looked = watched.stream, self.brain.looked
        sees = sight(tally, None if self.fitness is None else self.fitness.verdict(name))
        normal = None if self.normality is None else self.normality.normal(name)
        drifted = normal is not None and normal.drift.drifted
        inferred = looked.frames.get(name, 0)
        mean_ms = looked.age_total_ms.get(name, 0.0) / inferred if inferred else None
        return CameraVitals(
            name=name,
            health=sees.reason,
            said=self._said(name, sees, drifted=drifted),
            since=self.clock.utc(sees.since_ns),
            stream=_stream(tally, now_ns),
            record=None if watched.record is None else _stream(watched.record, now_ns),
            frames_dropped=self.mailboxes.dropped(name),
            frames_inferred=inferred,
            frames_unchanged=looked.unchanged.get(name, 0),
            second_looks=looked.again.get(name, 0),
            decided_after_ms_last=looked.age_ms_last.get(name),
            decided_after_ms_mean=mean_ms,
            ring_overflows=0 if watched.ring is None else watched.ring.overflows,
            seconds={} if self.attending is None else self.attending.seconds(name),
            normal_s=0.0 if normal is None else normal.learnt_s,
            drifted=drifted,
        )

    def _said(self, camera: str, sees: Sight, *, drifted: bool) -> str:
        """What else there is to say of a camera of whose pictures nothing is wrong."""
        if sees.reason != "ok":
            return sees.detail
        if self.bystanders is not None and self.bystanders.off(Fitness.part, camera):
            return UNJUDGED
        return DRIFTED if drifted else sees.detail


def memory_bytes(statm: Path = _STATM) -> int:
    """What this process has resident; 0 where the system does not tell."""
    try:
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:  # no Linux
        return 0


def _stream(tally: Tally, now_ns: int) -> StreamVitals:
    return StreamVitals(
        frames=tally.frames,
        skipped=tally.skipped,
        packets_dropped=tally.packets_dropped,
        connects=tally.connects,
        lost=tally.lost,
        stalls=tally.stalls,
        replaced=tally.replaced,
        clock_jumps=tally.clock_jumps,
        clock_stalls=tally.clock_stalls,
        # A frame may have come since `now_ns` was read.
        age_s=max(0.0, (now_ns - tally.last_ns) / 1e9) if tally.last_ns >= 0 else None,
    )
