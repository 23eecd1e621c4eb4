"""Whether a camera can see, by its stream and by its pictures, and when that is an alert of its
own. Everything here is a rule: no clock, no thread.

Time spent blind adds up and time spent well takes it off again, so that a camera that comes and
goes is told of as one that is gone for good. An alert is over once the camera has been well for a
while; one that goes blind again soon after is the old alert going on, never a second page.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from alerts.event import Phase
from alerts.status import Reason
from edge.fit import Verdict
from edge.reconnect import Tally

_NS = 1_000_000_000
CLEAR_S = 10.0  # of a stream; what is said of pictures is taken back late enough by itself
_COOL_DOWN_S = 300.0
_UPDATE_S = 30.0  # a reason that changes all the time is said no more often
_GAP_S_MAX = 5.0  # a machine that slept has not seen anything
STREAM: frozenset[Reason] = frozenset({"offline", "no_frames"})  # it connects, and is lost again


@dataclass(frozen=True)
class Sight:
    """Whether a camera can see, since when (camera time), why in words, and how much of its view
    is blind, 0–1."""

    reason: Reason
    since_ns: int
    detail: str
    share: float


def sight(stream: Tally, pictures: Verdict | None) -> Sight:
    """The stream first: without one nothing is known of the pictures."""
    if stream.reason != "ok":
        return Sight(stream.reason, stream.since_ns, stream.said, 1.0)
    if pictures is None:
        return Sight("ok", stream.since_ns, stream.said, 0.0)
    if pictures.reason != "ok":
        return Sight(pictures.reason, pictures.since_ns, pictures.detail, pictures.share)
    return Sight("ok", max(stream.since_ns, pictures.since_ns), stream.said, 0.0)


@dataclass(frozen=True)
class Watch:
    """How one camera stands. `told` is the reason of the alert that is open, None without one;
    `closed_ns` when the last one ended. For the first `unsure_s` nobody can say that it sees."""

    told: Reason | None = None
    since_ns: int = 0
    blind_s: float = 0.0
    well_s: float = 0.0
    last_ns: int | None = None
    told_ns: int = 0
    closed_ns: int | None = None
    unsure_s: float = 0.0


def attend(
    watch: Watch, now: Sight, at_ns: int, alert_after_s: float
) -> tuple[Watch, Phase | None]:
    """After a little more time: how it stands, and the phase of an alert to tell of, if any. An
    `updated` while none is open means that the last one goes on."""
    watch = _aged(watch, now, at_ns)
    if watch.told is None:
        if now.reason == "ok" or watch.blind_s < alert_after_s:
            return watch, None
        closed_ns = watch.closed_ns
        again = closed_ns is not None and at_ns - closed_ns <= _COOL_DOWN_S * _NS
        watch = replace(watch, told=now.reason, told_ns=at_ns, closed_ns=None)
        return watch, "updated" if again else "opened"
    if now.reason == "ok":
        if watch.well_s < max(watch.unsure_s, CLEAR_S if watch.told in STREAM else 0.0):
            return watch, None
        return replace(watch, told=None, blind_s=0.0, unsure_s=0.0, closed_ns=at_ns), "closed"
    if _news(watch, now) and at_ns - watch.told_ns >= _UPDATE_S * _NS:
        return replace(watch, told=now.reason, told_ns=at_ns), "updated"
    return watch, None


def _aged(watch: Watch, now: Sight, at_ns: int) -> Watch:
    gap_s = 0.0 if watch.last_ns is None else (at_ns - watch.last_ns) / _NS
    gap_s = min(max(gap_s, 0.0), _GAP_S_MAX)
    if now.reason == "ok":
        blind_s = max(0.0, watch.blind_s - gap_s)
        return replace(watch, blind_s=blind_s, well_s=watch.well_s + gap_s, last_ns=at_ns)
    since_ns = watch.since_ns if watch.blind_s > 0 or watch.told is not None else now.since_ns
    blind_s = watch.blind_s + gap_s
    unsure_s = watch.unsure_s if now.reason in STREAM else 0.0
    return replace(
        watch, since_ns=since_ns, blind_s=blind_s, well_s=0.0, last_ns=at_ns, unsure_s=unsure_s
    )


def _news(watch: Watch, now: Sight) -> bool:
    return now.reason != watch.told and not {now.reason, watch.told} <= STREAM
