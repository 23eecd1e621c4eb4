"""Every plain number among the metrics: its name, what it means, and where it stands in the vitals.

A name that ends in `_total` only grows while the daemon runs; the others go up and down.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from edge.vitals import CameraVitals, StreamVitals, Vitals

T = TypeVar("T")


@dataclass(frozen=True)
class Number(Generic[T]):
    """One metric without its prefix. `of` gives None where there is nothing to tell yet."""

    name: str
    means: str
    of: Callable[[T], float | None]


def _heard(name: str) -> Callable[[Vitals], float]:
    return lambda v: float(getattr(v.services.heard, name))


def _retold(name: str) -> Callable[[Vitals], float]:
    return lambda v: float(getattr(v.services.retold, name))


def _clips(name: str) -> Callable[[Vitals], float]:
    return lambda v: float(getattr(v.services.clips, name))


DAEMON: tuple[Number[Vitals], ...] = (
    Number(
        "started_timestamp_seconds",
        "When the daemon started, in seconds since 1970.",
        lambda v: v.started_at.timestamp(),
    ),
    Number(
        "uptime_seconds",
        "For how long the daemon has run.",
        lambda v: (v.at - v.started_at).total_seconds(),
    ),
    Number("running", "1 while it watches, 0 while it stops.", lambda v: v.state == "running"),
    Number("memory_bytes", "Memory the daemon has resident.", lambda v: v.memory_bytes),
    Number("threads", "Threads the daemon runs.", lambda v: v.threads),
    Number(
        "engine_preparing",
        "1 while a faster way to run the network is made ready, such as a TensorRT engine.",
        lambda v: v.preparing,
    ),
    Number(
        "engine_failed",
        "1 once the faster way failed at work, and the processor took over until the next start.",
        lambda v: bool(v.engine_fault),
    ),
    Number(
        "onlookers_off",
        "What looks at the cameras themselves and was switched off by a bug, by camera.",
        lambda v: v.onlookers_off,
    ),
    Number("batches_total", "Batches of pictures the network looked at.", lambda v: v.batches),
    Number(
        "inference_stuck_total",
        "Batches that never came back from the network, which was started anew.",
        lambda v: v.inference_stuck,
    ),
    Number("drills_total", "Test alerts begun, not counted as events.", lambda v: v.drills),
    Number(
        "events_waiting",
        "Phases decided that wait to be written to the outbox.",
        lambda v: v.events_waiting,
    ),
    Number(
        "events_given_up_total",
        "Phases given up because too many waited to be written to the outbox.",
        lambda v: v.events_given_up,
    ),
    Number(
        "evidence_waiting",
        "Clips and pictures that wait to be written.",
        lambda v: v.evidence_waiting,
    ),
    Number(
        "evidence_failed_total",
        "Clips and pictures that could not be kept; the alert went out without.",
        lambda v: v.evidence_failed,
    ),
    Number(
        "evidence_refused_total",
        "Of those, what was not kept because too little would have stayed free on the disk.",
        lambda v: v.evidence_refused,
    ),
    Number(
        "evidence_short",
        "1 while no evidence is kept because too little is free on the disk.",
        lambda v: v.evidence_short,
    ),
    Number("reloads_total", "Site files read again and taken over.", lambda v: v.reloads),
    Number(
        "reloads_refused_total",
        "Site files read again, found wrong and left alone.",
        lambda v: v.reloads_refused,
    ),
    Number(
        "broker_connected", "1 while the broker is connected, else 0.", lambda v: v.posted.connected
    ),
    Number("broker_lost_total", "Connections to the broker that broke.", lambda v: v.posted.lost),
    Number(
        "broker_failed_total",
        "Attempts to connect to the broker that came to nothing.",
        lambda v: v.posted.failed,
    ),
    Number(
        "publisher_stuck_total",
        "Times the thread that talks to the broker hung and was replaced.",
        lambda v: v.posted.stuck,
    ),
    Number(
        "publisher_silent_seconds",
        "How long ago the thread that talks to the broker last showed that it is alive.",
        lambda v: v.posted.alive_s,
    ),
    Number(
        "messages_sent_total",
        "Messages of all kinds that the broker acknowledged.",
        lambda v: v.posted.sent,
    ),
    Number(
        "messages_unmatched_total",
        "Events acknowledged by the broker that nobody subscribes to: they reached no one.",
        lambda v: v.posted.unmatched,
    ),
    Number(
        "messages_refused_total",
        "Messages the broker refused for good.",
        lambda v: v.posted.refused,
    ),
    Number(
        "messages_put_off_total",
        "Times the broker did not take a message now; it is sent again.",
        lambda v: v.posted.put_off,
    ),
    Number(
        "messages_not_durable_total",
        "Messages the disk did not take, sent from memory alone.",
        lambda v: v.posted.not_durable,
    ),
    Number("hearing", "1 while what is said to this device is heard, else 0.", _heard("connected")),
    Number("heard_total", "Messages said to this device.", _heard("heard")),
    Number("heard_dropped_total", "Of those, messages it does not listen to.", _heard("dropped")),
    Number("hearing_lost_total", "Connections for hearing that broke.", _heard("lost")),
    Number("hearing_failed_total", "Attempts to hear that came to nothing.", _heard("failed")),
    Number("resyncs_heard_total", "Requests for what was told before.", _retold("heard")),
    Number("resyncs_repeated_total", "Of those, requests known already.", _retold("repeated")),
    Number("resyncs_joined_total", "Of those, answered together with another.", _retold("joined")),
    Number("resyncs_refused_total", "Messages that were no such request.", _retold("refused")),
    Number("resyncs_answered_total", "Answers given to the end.", _retold("answered")),
    Number("resyncs_given_up_total", "Answers that never came to an end.", _retold("given_up")),
    Number("resyncs_under_way", "1 while events are told again, else 0.", _retold("under_way")),
    Number("resyncs_sent_total", "Phases of events told again.", _retold("sent")),
    Number("resyncs_skipped_total", "Phases that could not be told again.", _retold("skipped")),
    Number("clips_waiting", "Clips that wait to be sent to the broker.", _clips("waiting")),
    Number("clips_sent_total", "Clips the broker acknowledged.", _clips("sent")),
    Number("clips_too_large_total", "Clips too large to be sent.", _clips("too_large")),
    Number("clips_gone_total", "Clips gone from the disk before their turn.", _clips("gone")),
    Number("clips_refused_total", "Clips the broker refused for good.", _clips("refused")),
    Number(
        "clips_dropped_total", "Clips given up: too many, or tried too often.", _clips("dropped")
    ),
    Number("outbox_depth", "Messages on disk that wait to be sent.", lambda v: v.posted.depth),
    Number(
        "outbox_memory_depth",
        "Messages in memory alone that wait to be sent, because the disk refused them.",
        lambda v: v.posted.memory_depth,
    ),
    Number(
        "outbox_durable",
        "1 while the disk takes what is to be sent, 0 while it refuses.",
        lambda v: v.posted.durable,
    ),
    Number(
        "outbox_dead_letters",
        "Messages the broker refused for good, kept to be looked at; they outlive the daemon.",
        lambda v: v.posted.dead,
    ),
)

CAMERA: tuple[Number[CameraVitals], ...] = (
    Number(
        "camera_health_since_timestamp_seconds",
        "Since when the camera's health is what it is, in seconds since 1970.",
        lambda c: c.since.timestamp(),
    ),
    Number("frames_read_total", "Pictures read from the camera.", lambda c: c.stream.frames),
    Number(
        "frames_dropped_total",
        "Pictures replaced by a newer one before the network had time for them.",
        lambda c: c.frames_dropped,
    ),
    Number(
        "frames_inferred_total",
        "Pictures decided on: by the network, or unchanged since it looked.",
        lambda c: c.frames_inferred,
    ),
    Number(
        "frames_unchanged_total",
        "Of those, pictures that showed nothing new: the network was not asked.",
        lambda c: c.frames_unchanged,
    ),
    Number(
        "second_looks_total",
        "Places where somebody may be down that were looked at again, close up.",
        lambda c: c.second_looks,
    ),
    Number(
        "normal_learnt_seconds",
        "How much of its normal days was learnt.",
        lambda c: c.normal_s,
    ),
    Number(
        "normal_drifted",
        "1 while it no longer looks like what was learnt of it.",
        lambda c: c.drifted,
    ),
    Number(
        "decided_after_last_seconds",
        "From the arrival of the last picture looked at to what was decided on it.",
        lambda c: _seconds(c.decided_after_ms_last),
    ),
    Number(
        "record_packets_read_total",
        "Packets read from the stream that is only recorded.",
        lambda c: None if c.record is None else c.record.frames,
    ),
    Number(
        "ring_overflows_total",
        "Times the packets kept for clips were let go because there were too many.",
        lambda c: c.ring_overflows,
    ),
)

STREAM: tuple[Number[StreamVitals], ...] = (
    Number(
        "frame_age_seconds", "How long ago the stream last delivered anything.", lambda s: s.age_s
    ),
    Number("frames_skipped_total", "Pictures that could not be decoded.", lambda s: s.skipped),
    Number(
        "packets_dropped_total",
        "Packets let go undecoded because nobody kept up.",
        lambda s: s.packets_dropped,
    ),
    Number("connects_total", "Connections made to the stream.", lambda s: s.connects),
    Number("lost_total", "Connections lost, and attempts that failed.", lambda s: s.lost),
    Number("stalls_total", "Times a connected stream fell silent.", lambda s: s.stalls),
    Number(
        "replaced_total",
        "Times the thread that reads the stream was stuck and replaced.",
        lambda s: s.replaced,
    ),
    Number("clock_jumps_total", "Times the stream's clock jumped.", lambda s: s.clock_jumps),
    Number("clock_stalls_total", "Times the stream's clock stood still.", lambda s: s.clock_stalls),
)  # each has a label `stream`: `watched`, or `recorded` for a stream that only evidence is cut from


def _seconds(ms: float | None) -> float | None:
    return None if ms is None else ms / 1000
