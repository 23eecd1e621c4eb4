"""The publisher: the only loop that connects to the broker, and the only one that retries.

Sends in this order: that it is online; then events as they were decided; then snapshots; between
them the latest values (status, health). A message is deleted only on its receipt, so an outage, a
kill or a power cut loses nothing; it may send twice, which consumers see by `event_id` and `seq`.
"""

from __future__ import annotations

import json
import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from alerts import moments
from alerts.backlog import Backlog
from alerts.backoff import Backoff
from alerts.errors import SinkBusy, SinkLost, SinkRefused
from alerts.event import Event
from alerts.latest import LatestValues
from alerts.outbox import Kept, Kind, Outbox
from alerts.ports import Message, Sink
from alerts.suspects import Suspects
from alerts.topics import Topics

ONLINE, OFFLINE = b"online", b"offline"
_BATCH = 16
_IDLE_S = 0.2  # how late a stop or a lost connection is noticed when there is nothing to send
_BUSY_S = 1.0  # before the next latest value, after the broker did not take one
_STEADY_S = 10.0  # a connection that held this long was a good one
_SHORT_MAX = 4  # connections in a row that did not hold, before we guess why
_TELL_AGAIN_S = 60.0
_TOLD_MAX = 50  # troubles that can alternate without being told each time

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Counters:
    """What the publisher has done since it started, and what waits now.

    `sent` counts all receipts, `unmatched` events that nobody subscribed to, `refused` messages
    the broker will never take, `put_off` the times it did not take one now, `lost` connections
    that broke, `failed` attempts to connect, `not_durable` messages the disk refused; `dropped`
    and `dead` outlive the process.
    """

    connected: bool
    sent: int
    unmatched: int
    refused: int
    put_off: int
    lost: int
    failed: int
    depth: int
    memory_depth: int
    durable: bool
    not_durable: int
    dead: int
    dropped: dict[Kind, int]


class Publisher:
    """Takes what is to be said (from any thread, never waiting for the network) and says it.

    `connect` makes a new sink for one connection; entering it connects. `flush_s` is how long a
    clean stop may take to send what waits. `outbox` is None if the disk refused at the start.
    """

    def __init__(
        self,
        outbox: Outbox | None,
        topics: Topics,
        connect: Callable[[], Sink],
        *,
        backoff: Backoff | None = None,
        memory_count_max: int = 256,
        memory_bytes_max: int = 32 * 2**20,
        flush_s: float = 5.0,
        now: Callable[[], datetime] = moments.now,
    ) -> None:
        self._topics = topics
        self._connect = connect
        self._backlog = Backlog(outbox, memory_count_max, memory_bytes_max)
        self._latest = LatestValues()
        self._suspects = Suspects()
        self._backoff = backoff or Backoff()
        self._flush_s = flush_s
        self._now = now
        self._wake = threading.Event()
        # Written by the thread of `run` alone.
        self._connected = False
        self._sent = self._unmatched = self._refused = self._put_off = 0
        self._lost = self._failed = 0
        self._announce_at = 0.0  # no latest value before this moment of the monotonic clock
        self._short = 0  # connections in a row that did not hold
        self._told: dict[str, float] = {}  # the troubles told last, and when

    def post(self, event: Event) -> None:
        """Sends an event, as soon as it can be; on disk and fsynced before this returns."""
        payload = event.to_json().encode()
        message = Message(self._topics.alert(event.camera, event.label), payload)
        self._backlog.keep(message, event.event_id, event.seq, event.phase)
        self._wake.set()

    def post_snapshot(self, event_id: str, camera: str, jpeg: bytes) -> None:
        """Sends the picture of an event, after its events; also as the camera's last one."""
        message = Message(self._topics.event_snapshot(event_id), jpeg)
        self._backlog.keep(message, event_id, 0, "snapshot")
        self.announce(Message(self._topics.camera_snapshot(camera), jpeg, retain=True))

    def announce(self, message: Message) -> None:
        """Says something of which only the last counts: now, and again after each reconnect."""
        self._latest.say(message)
        self._wake.set()

    def counters(self) -> Counters:
        """A snapshot of the counters."""
        return Counters(
            connected=self._connected,
            sent=self._sent,
            unmatched=self._unmatched,
            refused=self._refused,
            put_off=self._put_off,
            lost=self._lost,
            failed=self._failed,
            **vars(self._backlog.waiting()),
        )

    def run(self, stop: threading.Event) -> None:
        """Connects, sends, connects again, until `stop`; then flushes and says `offline`."""
        while not stop.is_set():
            began = time.monotonic()
            ended = self._try_session(stop)
            if ended == "done":
                return
            lasted_s = time.monotonic() - began
            if ended == "lost" and lasted_s > _STEADY_S:
                self._backoff.reset()
                self._short = 0
            # An attempt that hung has waited already; a session that broke has not.
            waited_s = lasted_s if ended == "failed" else 0.0
            stop.wait(max(0.05, self._backoff.next_s() - waited_s))
        waiting = self._backlog.waiting()
        if waiting.depth or waiting.memory_depth:
            self._try_session(stop)  # stopped while the broker was away: it may be back

    def _try_session(self, stop: threading.Event) -> Literal["done", "lost", "failed"]:
        """One connection. Done if it ended because `stop` was set and all was said."""
        try:
            with self._connect() as sink:
                self._connected = True
                self._session(sink, stop)
            return "done"
        except SinkLost as lost:
            if not self._connected:
                self._failed += 1
                self._short = 0  # nobody there: that explains the connections lost before
                self._tell(str(lost))
                return "failed"
            self._lost += 1
            self._short += 1
            # Brokers throw the older of two with one id out, and few of them say why.
            hint = "; again and again: does another client use our client id?"
            self._tell(f"{lost}{hint if self._short >= _SHORT_MAX else ''}")
            return "lost"
        finally:
            self._connected = False

    def _session(self, sink: Sink, stop: threading.Event) -> None:
        online = Message(self._topics.availability, ONLINE, retain=True)
        if not self._announce(sink, online):
            self._latest.say(online)
        _log.info("connected to the broker")
        self._latest.all_again()
        while not stop.is_set():
            self._wake.clear()
            sink.check()
            if not self._send_some(sink):
                self._wake.wait(_IDLE_S)
        until = time.monotonic() + self._flush_s
        while time.monotonic() < until and self._send_some(sink):
            pass
        self._announce(sink, Message(self._topics.availability, OFFLINE, retain=True))

    def _send_some(self, sink: Sink) -> bool:
        """Sends what is due. True if there may be more."""
        batch = self._due()
        for kept in batch:
            if not self._send(sink, kept):
                # What comes next may not be taken either: no storm, and not the same event's.
                self._wake.wait(_IDLE_S)
                break
            if self._wake.is_set() and kept.phase == "snapshot":
                break  # something new may matter more than the next picture
        message = self._latest.next() if time.monotonic() >= self._announce_at else None
        if message is not None and self._announce(sink, message):
            self._latest.said(message)
        elif message is not None:
            self._latest.later(message)
        return bool(batch) or message is not None

    def _due(self) -> list[Kept]:
        """What to send now. Resting lets others pass; where no other waits, they take turns."""
        held = self._suspects.held()
        resting = self._suspects.resting()
        batch = self._backlog.next(_BATCH, [*held, *resting])
        turns = [event_id for event_id in resting if event_id not in held]
        while turns and not batch:
            woken, *turns = turns
            batch = self._backlog.next(_BATCH, [*held, *turns])
            if not batch:
                self._suspects.forget(woken)
        return batch

    def _send(self, sink: Sink, kept: Kept) -> bool:
        """False if it was not taken now and is to be sent again later."""
        sink.check()  # a connection lost before this message was not lost by it
        try:
            receipt = sink.send(self._stamped(kept))
        except SinkRefused as refusal:
            self._refused += 1
            self._backlog.refused(kept, str(refusal))
            _log.error("refused for good, now a dead letter: %s", refusal)
            return True
        except SinkBusy as busy:
            self._put_off += 1
            if self._suspects.put_off(kept.event_id):
                _log.warning("others go first: %s", busy)
            return False
        except SinkLost:
            if self._suspects.lost_with(kept.event_id):
                _log.error(
                    "event %s breaks the connection: others go first for a minute", kept.event_id
                )
            raise
        self._suspects.forget(kept.event_id)
        self._backlog.sent(kept)
        self._sent += 1
        if not receipt.matched and kept.phase != "snapshot":
            self._unmatched += 1
            _log.warning("nobody subscribes to %s: the alert reached no one", kept.message.topic)
        return True

    def _stamped(self, kept: Kept) -> Message:
        if kept.phase == "snapshot":
            return kept.message
        # Not by way of `Event`: an older version may have written it, and it must go out too.
        fields = json.loads(kept.message.payload)
        fields |= {"published_at": moments.to_text(self._now()), "durable": kept.durable}
        payload = json.dumps(fields, ensure_ascii=False).encode()
        return replace(kept.message, payload=payload)

    def _announce(self, sink: Sink, message: Message) -> bool:
        """False if it was not taken now; then the next waits a little."""
        try:
            sink.send(message)
        except SinkBusy as busy:
            self._put_off += 1
            self._announce_at = time.monotonic() + _BUSY_S
            self._tell(str(busy))
            return False
        except SinkRefused as refusal:
            # It will be said anew when it changes; trying now would only be refused again.
            self._refused += 1
            self._tell(str(refusal))
        else:
            self._sent += 1
        return True

    def _tell(self, text: str) -> None:
        """Logs a new trouble at once, the same one only now and then."""
        now = time.monotonic()
        if now - self._told.get(text, -math.inf) > _TELL_AGAIN_S:
            self._told.pop(text, None)
            self._told[text] = now
            if len(self._told) > _TOLD_MAX:
                del self._told[next(iter(self._told))]
            _log.warning("%s", text)
