"""The talker: one thread that connects to the broker, sends, and connects again.

Sends in this order: that it is online; then events as they were decided; then pictures; between
them the latest values (status, health); replays when there is nothing else to say. A message is
deleted only on its receipt, so an outage, a kill or a power cut loses nothing; it may send twice,
which consumers see by `event_id` and `seq`.

A talker can hang where no time-out reaches (a name look-up, TLS). Then the publisher gives it up
and starts another. One that was given up sends nothing more, should it ever wake: its connection
is cut, and it looks before each message whether it is still the one who talks.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from alerts import moments
from alerts.backlog import Backlog
from alerts.backoff import Backoff
from alerts.carrying import CarryingThread
from alerts.deliveries import Deliveries
from alerts.errors import SinkBusy, SinkLost, SinkRefused
from alerts.kept import Kept
from alerts.latest import LatestValues
from alerts.ports import BYTES_PER_S_MIN, Message, Sink
from alerts.replays import Replays
from alerts.suspects import Suspects
from alerts.tally import Tally
from alerts.topics import Topics

ONLINE, OFFLINE = b"online", b"offline"
_BATCH = 16
_IDLE_S = 0.2  # how late a stop or a lost connection is noticed when there is nothing to send
_BUSY_S = 1.0  # before the next latest value, after the broker did not take one
_STEADY_S = 10.0  # a connection that held this long was a good one
_SHORT_MAX = 4  # connections in a row that did not hold, before we guess why
_FLUSH_SHARE = 0.8  # of the time a stop may take; the rest is for saying that we are offline

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Means:
    """What the talkers of one publisher work with, one after the other; all of it thread-safe."""

    topics: Topics
    connect: Callable[[], Sink]
    backlog: Backlog
    latest: LatestValues
    replays: Replays
    suspects: Suspects
    backoff: Backoff
    tally: Tally
    deliveries: Deliveries
    wake: threading.Event
    flush_s: float
    now: Callable[[], datetime]


class _GivenUp(Exception):
    """Another talks now."""


class Talker:
    """Talks until `stop`, then flushes and says `offline`; or until it is given up."""

    def __init__(self, means: Means, stop: threading.Event) -> None:
        self._means = means
        self._stop = stop
        self._sink: Sink | None = None
        self._sending: str | None = None  # the event under way
        self._given_up = False
        self._beat_at_s, self._may_take_s = time.monotonic(), 0.0
        self._announce_at_s = 0.0  # no latest value before this moment of the monotonic clock
        self._short = 0  # connections in a row that did not hold
        self.connected = False
        self.thread = CarryingThread(self._run, "talk")

    def silent_s(self) -> float:
        """How long ago it showed that it is alive."""
        return max(0.0, time.monotonic() - self._beat_at_s)

    def stuck(self, patience_s: float) -> bool:
        """Whether it was silent for longer than that and than what it sends can explain."""
        return self.thread.is_alive() and self.silent_s() > patience_s + self._may_take_s

    def give_up(self) -> None:
        """From now on it sends nothing; its connection is cut. From another thread, at any time."""
        self._given_up = True
        self.connected = False
        sink, event_id = self._sink, self._sending
        if sink is not None:
            sink.cut()
        if event_id is not None:
            # It may hang for what it sends: then others must get past that.
            self._means.suspects.lost_with(event_id)

    def _run(self) -> None:
        try:
            self._talk()
        except _GivenUp:
            _log.info("a talker that was given up has woken and ends")

    def _talk(self) -> None:
        while not self._stop.is_set():
            began = time.monotonic()
            ended = self._try_session()
            if ended == "done":
                return
            lasted_s = time.monotonic() - began
            if ended == "lost" and lasted_s > _STEADY_S:
                self._means.backoff.reset()
                self._short = 0
            # An attempt that hung has waited already; a session that broke has not.
            waited_s = lasted_s if ended == "failed" else 0.0
            self._stop.wait(max(0.05, self._means.backoff.next_s() - waited_s))
        waiting = self._means.backlog.waiting()
        if waiting.depth or waiting.memory_depth:
            self._try_session()  # stopped while the broker was away: it may be back

    def _try_session(self) -> str:
        """One connection: `done` if it ended because of a stop and all was said, `lost`, `failed`.

        Raises _GivenUp.
        """
        self._show_life()
        self._sink = self._means.connect()
        try:
            with self._sink as sink:
                self._show_life()
                self.connected = True
                self._session(sink)
            return "done"
        except SinkLost as lost:
            self._show_life()
            return self._broken(lost)
        finally:
            self.connected = False
            self._sink = None

    def _broken(self, lost: SinkLost) -> str:
        if not self.connected:
            self._means.tally.add("failed")
            self._short = 0  # nobody there: that explains the connections lost before
            self._means.tally.tell(str(lost))
            return "failed"
        self._means.tally.add("lost")
        self._short += 1
        # Brokers throw the older of two with one id out, and few of them say why.
        hint = "; again and again: does another client use our client id?"
        self._means.tally.tell(f"{lost}{hint if self._short >= _SHORT_MAX else ''}")
        return "lost"

    def _session(self, sink: Sink) -> None:
        means = self._means
        online = Message(means.topics.availability, ONLINE, retain=True)
        if not self._announce(sink, online):
            means.latest.say(online)
        _log.info("connected to the broker")
        means.latest.all_again()
        while not self._stop.is_set():
            means.wake.clear()
            self._show_life()
            sink.check()
            if not self._send_some(sink):
                means.wake.wait(_IDLE_S)
        until = time.monotonic() + means.flush_s * _FLUSH_SHARE
        while time.monotonic() < until and self._send_some(sink):
            pass
        self._announce(sink, Message(means.topics.availability, OFFLINE, retain=True))

    def _send_some(self, sink: Sink) -> bool:
        """Sends what is due. True if there may be more."""
        means = self._means
        batch = self._due()
        for kept in batch:
            if not self._send(sink, kept):
                # What comes next may not be taken either: no storm, and not the same event's.
                means.wake.wait(_IDLE_S)
                break
            if means.wake.is_set() and kept.is_picture:
                break  # something new may matter more than the next picture
        message = means.latest.next() if time.monotonic() >= self._announce_at_s else None
        if message is not None and self._announce(sink, message):
            means.latest.said(message)
        elif message is not None:
            means.latest.later(message)
        if batch or message is not None:
            return True
        return means.replays.tell_one(lambda replay: self._announce(sink, replay), means.now)

    def _due(self) -> list[Kept]:
        """What to send now. Resting lets others pass; where no other waits, they take turns."""
        suspects, backlog = self._means.suspects, self._means.backlog
        held = suspects.held()
        resting = suspects.resting()
        batch = backlog.next(_BATCH, [*held, *resting])
        turns = [event_id for event_id in resting if event_id not in held]
        while turns and not batch:
            woken, *turns = turns
            batch = backlog.next(_BATCH, [*held, *turns])
            if not batch:
                suspects.forget(woken)
        return batch

    def _send(self, sink: Sink, kept: Kept) -> bool:
        """False if it was not taken now and is to be sent again later."""
        means = self._means
        sink.check()  # a connection lost before this message was not lost by it
        self._show_life(len(kept.message.payload))
        self._sending = kept.event_id
        try:
            receipt = sink.send(self._stamped(kept))
        except SinkRefused as refusal:
            means.tally.add("refused")
            means.backlog.refused(kept, str(refusal))
            _log.error("refused for good, now a dead letter: %s", refusal)
            return True
        except SinkBusy as busy:
            means.tally.add("put_off")
            if means.suspects.put_off(kept.event_id):
                _log.warning("others go first: %s", busy)
            return False
        except SinkLost:
            self._show_life()
            if means.suspects.lost_with(kept.event_id):
                _log.error(
                    "event %s breaks the connection: others go first for a minute", kept.event_id
                )
            raise
        finally:
            self._sending = None
        self._taken(kept, receipt.matched)
        return True

    def _taken(self, kept: Kept, matched: bool) -> None:
        """It arrived: also if this talker was given up meanwhile."""
        means = self._means
        means.suspects.forget(kept.event_id)
        means.backlog.sent(kept)
        means.tally.add("sent")
        if not kept.is_picture:
            means.deliveries.arrived(kept, matched=matched)
            if not matched:
                means.tally.add("unmatched")
                topic = kept.message.topic
                _log.warning("nobody subscribes to %s: the alert reached no one", topic)

    def _stamped(self, kept: Kept) -> Message:
        if kept.is_picture:
            return kept.message
        # Not by way of `Event`: an older version may have written it, and it must go out too.
        try:
            fields = dict(json.loads(kept.message.payload))
        except (TypeError, ValueError) as error:
            raise SinkRefused(f"what was kept for {kept.message.topic} is no event") from error
        published_at = moments.to_text(self._means.now())
        fields |= {"published_at": published_at, "durable": kept.durable}
        payload = json.dumps(fields, ensure_ascii=False).encode()
        return replace(kept.message, payload=payload)

    def _announce(self, sink: Sink, message: Message) -> bool:
        """False if it was not taken now; then the next waits a little."""
        tally = self._means.tally
        self._show_life(len(message.payload))
        try:
            sink.send(message)
        except SinkBusy as busy:
            tally.add("put_off")
            self._announce_at_s = time.monotonic() + _BUSY_S
            tally.tell(str(busy))
            return False
        except SinkRefused as refusal:
            # It will be said anew when it changes; trying now would only be refused again.
            tally.add("refused")
            tally.tell(str(refusal))
        else:
            tally.add("sent")
        return True

    def _show_life(self, bytes_to_send: int = 0) -> None:
        """Here we are; the next sign may take as long as these bytes need. Raises _GivenUp."""
        if self._given_up:
            raise _GivenUp
        self._beat_at_s, self._may_take_s = time.monotonic(), bytes_to_send / BYTES_PER_S_MIN
