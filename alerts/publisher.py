"""The publisher: what is to be said is given to it, and it sees to it that somebody says it.

    post ─▶ backlog (disk, memory) ─▶ talker ─▶ broker
                                        ▲
                    run: watches it, replaces one that hangs

The talker is a thread of its own, so that neither a stop nor the next alert waits for one that
hangs where no time-out reaches.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from alerts import moments
from alerts.backlog import Backlog, OpenOutbox
from alerts.backoff import Backoff
from alerts.deliveries import Deliveries, Delivery
from alerts.event import Event
from alerts.histogram import Times
from alerts.kept import Kind
from alerts.latest import LatestValues
from alerts.ports import Message, Sink
from alerts.replays import Replays
from alerts.suspects import Suspects
from alerts.talker import OFFLINE, ONLINE, Means, Talker
from alerts.tally import Tally
from alerts.topics import Topics

__all__ = ["OFFLINE", "ONLINE", "Counters", "Delivery", "Publisher"]

_WATCH_S = 0.1
_LEFT_BEHIND_MAX = 4
_END_S = 0.1  # for a talker whose connection was cut to end

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Counters:
    """What the publisher has done since it started, and what waits now.

    `sent` counts all receipts, `unmatched` events that nobody subscribed to, `refused` messages
    the broker will never take, `put_off` the times it did not take one now, `lost` connections
    that broke, `failed` attempts to connect, `stuck` talkers that hung and were given up,
    `not_durable` messages the disk refused; `dropped` and `dead` outlive the process.
    `publish_s` is how long events took from the picture they were decided on to the broker's
    receipt, `alive_s` how long ago the talker showed that it is alive.
    """

    connected: bool
    sent: int
    unmatched: int
    refused: int
    put_off: int
    lost: int
    failed: int
    stuck: int
    depth: int
    memory_depth: int
    durable: bool
    not_durable: int
    dead: int
    dropped: dict[Kind, int]
    publish_s: Times
    alive_s: float


class Publisher:
    """Takes what is to be said (from any thread, never waiting for the network) and says it.

    `connect` makes a new sink for one connection; entering it connects. `flush_s` is how long a
    clean stop may take to send what waits; a stop takes at most half a second more. A talker that
    shows no life for `stuck_s`, longer than all its time-outs together, is replaced.

    `open_outbox` is called again and again while the disk refuses (then alerts go out from memory);
    a `UserError` it raises at the start comes out here. The outbox belongs to the publisher, and
    is closed when `run` ends; who never runs it calls `close`.
    """

    def __init__(
        self,
        open_outbox: OpenOutbox,
        topics: Topics,
        connect: Callable[[], Sink],
        *,
        backoff: Backoff | None = None,
        memory_count_max: int = 256,
        memory_bytes_max: int = 32 * 2**20,
        flush_s: float = 5.0,
        stuck_s: float = 60.0,
        disk_patience_s: float = 2.0,
        now: Callable[[], datetime] = moments.now,
    ) -> None:
        wake = threading.Event()
        self.replays = Replays(wake)  # what is told again, when there is nothing else to say
        self._means = Means(
            topics=topics,
            connect=connect,
            backlog=Backlog(open_outbox, memory_count_max, memory_bytes_max, disk_patience_s),
            latest=LatestValues(),
            replays=self.replays,
            suspects=Suspects(),
            backoff=backoff or Backoff(),
            tally=Tally(),
            deliveries=Deliveries(),
            wake=wake,
            flush_s=flush_s,
            now=now,
        )
        self._stuck_s = stuck_s
        self._made_at_s = time.monotonic()
        self._talker: Talker | None = None
        self._left_behind: list[Talker] = []

    def post(self, event: Event, seen_at_s: float | None = None) -> None:
        """Sends an event, as soon as it can be; on disk and fsynced before this returns, if
        the disk keeps up.

        `seen_at_s` is the moment of the monotonic clock of the picture it was decided on.
        """
        means = self._means
        payload = event.to_json().encode()
        message = Message(means.topics.alert(event.camera, event.label), payload)
        if seen_at_s is not None:
            means.deliveries.under_way(event.event_id, event.seq, seen_at_s)
        waited_s = 0.0 if seen_at_s is None else time.monotonic() - seen_at_s
        means.backlog.keep(message, event.event_id, event.seq, event.phase, waited_s)
        means.wake.set()
        # A line for each, also when many come at once: it is what is looked for afterwards.
        _log.info("event %s", event.phase, extra={"fields": _told(event), "each": True})

    def post_snapshot(self, event_id: str, camera: str, jpeg: bytes) -> None:
        """Sends the picture of an event, after its events; also as the camera's last one."""
        topics = self._means.topics
        message = Message(topics.event_snapshot(event_id), jpeg)
        self._means.backlog.keep(message, event_id, 0, "snapshot")
        self.announce(Message(topics.camera_snapshot(camera), jpeg, retain=True))

    def post_plain(self, event_id: str, jpeg: bytes) -> None:
        """Sends the same picture without anything drawn into it, after all snapshots."""
        message = Message(self._means.topics.event_plain(event_id), jpeg)
        self._means.backlog.keep(message, event_id, 0, "plain")

    def announce(self, message: Message) -> None:
        """Says something of which only the last counts: now, and again after each reconnect."""
        self._means.latest.say(message)
        self._means.wake.set()

    def deliveries(self, event_id: str) -> tuple[Delivery, ...]:
        """What arrived of this event, if it is among the last 256 phases that did."""
        return self._means.deliveries.of(event_id)

    def counters(self) -> Counters:
        """A snapshot of the counters. Waits for neither network nor disk."""
        talker, means = self._talker, self._means
        return Counters(
            connected=talker is not None and talker.connected,
            publish_s=means.deliveries.times(),
            alive_s=talker.silent_s() if talker else time.monotonic() - self._made_at_s,
            **vars(means.tally.counts()),
            **vars(means.backlog.waiting()),
        )

    def run(self, stop: threading.Event) -> None:
        """Has somebody talk to the broker until `stop`; then what waits is flushed, `offline` said.

        Raises what a talker or the thread of the disk raised: a bug.
        """
        talker = self._next_talker(stop)
        while talker.thread.is_alive() and not stop.is_set():
            talker.thread.join(_WATCH_S)
            if self._means.backlog.failed():
                talker.give_up()
                self._means.backlog.raise_error()
            if talker.stuck(self._stuck_s):
                talker = self._replaced(talker, stop)
        self._means.wake.set()
        until_s = time.monotonic() + self._means.flush_s
        talker.thread.join(self._means.flush_s)
        if talker.thread.is_alive():
            _log.warning("the broker did not take all within %g s", self._means.flush_s)
            talker.give_up()
            talker.thread.join(_END_S)
        self.close(max(_END_S, until_s - time.monotonic()))
        talker.thread.raise_error()

    def close(self, timeout_s: float = 5.0) -> None:
        """Brings the disk up to date and lets go of the outbox. What is posted later is lost."""
        self._means.backlog.close(timeout_s)

    def _next_talker(self, stop: threading.Event) -> Talker:
        talker = self._talker = Talker(self._means, stop)  # counted from before its first word
        talker.thread.start()
        return talker

    def _replaced(self, stuck: Talker, stop: threading.Event) -> Talker:
        """The one who talks from now on; the same one while too many others hang already."""
        self._left_behind = [one for one in self._left_behind if one.thread.is_alive()]
        if len(self._left_behind) >= _LEFT_BEHIND_MAX:
            self._means.tally.tell(
                f"{_LEFT_BEHIND_MAX} talkers hang already, and this one too: waiting for one to end"
            )
            return stuck
        _log.error("nothing heard of the talker for %.0f s: another takes over", self._stuck_s)
        stuck.give_up()
        self._means.tally.add("stuck")
        self._left_behind.append(stuck)
        return self._next_talker(stop)


def _told(event: Event) -> dict[str, object]:
    """What a log line says of an event."""
    return {
        "event": event.event_id,
        "seq": event.seq,
        "phase": event.phase,
        "camera": event.camera,
        "zone": event.zone,
        "label": event.label,
        "score": event.score,
        "drill": event.drill,
    }
