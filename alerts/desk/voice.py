"""The desk's voice at one site: that it is there, how events stand, and pages that are published.

It speaks only while its desk acts. What it says of events is taken from the book and marked there
as told once the broker has it, so that neither an outage nor a kill leaves a state untold.
"""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from alerts.backoff import Backoff
from alerts.desk import telling
from alerts.desk.deeds import Bell, Deeds
from alerts.desk.lease import Lease, LeaseLost
from alerts.errors import DiskRefused, SinkBusy, SinkLost, SinkRefused
from alerts.ports import Message, Receipt, Sink
from alerts.talker import OFFLINE, ONLINE
from alerts.topics import Topics

_IDLE_S = 0.2
_ASKED_MAX = 64
_WORDS_MAX = 64
_STANDBY_S = 0.2
_FLUSH_S = 1.5
_TOGETHER = 16  # states

_log = logging.getLogger(__name__)


@dataclass
class _Asked:
    """Somebody waits for this to be said."""

    message: Message
    over: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    begun: bool = False
    dropped: bool = False
    receipt: Receipt | None = None
    error: SinkLost | None = None

    def begin(self) -> bool:
        """False where nobody waits any more."""
        with self.lock:
            self.begun = not self.dropped
            return self.begun

    def drop(self) -> bool:
        """Nobody waits any more. True where it had begun to be said: it may have arrived."""
        with self.lock:
            self.dropped = True
            return self.begun


class NotSaid(SinkLost):
    """It was not said. `perhaps` is True where it may have been all the same."""

    def __init__(self, words: str, *, perhaps: bool) -> None:
        super().__init__(words)
        self.perhaps = perhaps


class Voice:
    """Speaks to one site. `run` is the body of its thread; all else is for any thread."""

    def __init__(
        self, topics: Topics, connect: Callable[[], Sink], lease: Lease, bell: Bell, deeds: Deeds
    ) -> None:
        self._topics = topics
        self._connect = connect
        self._lease = lease
        self._bell = bell
        self._deeds = deeds
        self._asked: queue.Queue[_Asked] = queue.Queue(_ASKED_MAX)
        self._words: OrderedDict[str, Message] = OrderedDict()
        self._lock = threading.Lock()
        self.connected = False

    def say(self, message: Message, timeout_s: float) -> Receipt:
        """Says it now. Raises `SinkRefused` for good, `NotSaid` where it did not get through."""
        asked = _Asked(message)
        try:
            self._asked.put_nowait(asked)
        except queue.Full:
            raise NotSaid("too much is to be published at once", perhaps=False) from None
        self._bell.ring()
        if not asked.over.wait(timeout_s):
            perhaps = asked.drop()
            raise NotSaid(f"the broker did not take it within {timeout_s:g} s", perhaps=perhaps)
        if asked.error is not None:
            raise asked.error
        return asked.receipt or Receipt()

    def mention(self, message: Message, key: str = "") -> None:
        """Says it when there is a line; what was to be said on this topic before need not be, nor
        under this `key` where one is given."""
        with self._lock:
            self._words.pop(key or message.topic, None)
            self._words[key or message.topic] = message
            while len(self._words) > _WORDS_MAX:
                self._words.popitem(last=False)
        self._bell.ring()

    def here(self) -> None:
        """Says once more that a desk is there: somebody has said the opposite."""
        self.mention(Message(self._topics.desk_availability, ONLINE, retain=True))

    def ring(self) -> None:
        """There is something in the book."""
        self._bell.ring()

    def run(self, stop: threading.Event) -> None:
        """Speaks until `stop`, whenever this desk acts."""
        backoff = Backoff()
        while not stop.is_set():
            if not self._lease.good():
                stop.wait(_STANDBY_S)
                continue
            try:
                with self._connect() as sink:
                    self._speak(sink, stop)
                    backoff.reset()
            except SinkLost as lost:
                self._deeds.add("voice_lost")
                self._deeds.tell(f"nothing can be published: {lost}")
                stop.wait(backoff.next_s())
            finally:
                self.connected = False

    def _speak(self, sink: Sink, stop: threading.Event) -> None:
        there = self._topics.desk_availability
        self._send(sink, Message(there, ONLINE, retain=True))
        self.connected = True
        while self._lease.good():
            if stop.is_set():
                until_s = time.monotonic() + _FLUSH_S
                while time.monotonic() < until_s and self._tell_states(sink):
                    pass
                self._send(sink, Message(there, OFFLINE, retain=True))
                return
            sink.check()
            if not (self._answer(sink) or self._tell_states(sink) or self._say_words(sink)):
                self._bell.wait(_IDLE_S)
        self._leave(sink)

    def _leave(self, sink: Sink) -> None:
        """The lease ran out, since the disk refuses to renew it: nobody acts, and everybody is to
        know. Where another desk has taken it over it is for that one to speak."""
        if self._lease.token:
            self._deeds.add("lease_ran_out")
            with contextlib.suppress(SinkBusy, SinkRefused):
                sink.send(Message(self._topics.desk_availability, OFFLINE, retain=True))

    def _answer(self, sink: Sink) -> bool:
        try:
            asked = self._asked.get_nowait()
        except queue.Empty:
            return False
        if not asked.begin():
            return True
        try:
            asked.receipt = sink.send(asked.message)
        except SinkRefused as refused:
            asked.error = refused
        except SinkBusy as busy:
            asked.error = NotSaid(str(busy), perhaps=False)
        except SinkLost as lost:
            asked.error = NotSaid(str(lost), perhaps=True)
            raise
        finally:
            asked.over.set()
        return True

    def _tell_states(self, sink: Sink) -> bool:
        """Some of them, marked as told together: one that is told twice changes nothing."""
        told = list[telling.Untold]()
        try:
            for state in telling.next_states(self._lease, self._topics.site, _TOGETHER):
                topic = self._topics.event_state(state.event_id)
                if not self._send(sink, Message(topic, state.payload, retain=True)):
                    break
                told.append(state)
                if not self._asked.empty():
                    break  # a page does not wait for them
            if told:
                telling.told(self._lease, told)
                self._deeds.add("states_told", len(told))
        except LeaseLost:
            return False
        except DiskRefused as refused:
            self._deeds.tell(str(refused))
            return False
        return bool(told)

    def _say_words(self, sink: Sink) -> bool:
        with self._lock:
            key, message = next(iter(self._words.items()), ("", None))
        if message is None:
            return False
        if not self._send(sink, message):
            return False
        with self._lock:
            if self._words.get(key) is message:
                del self._words[key]
        return True

    def _send(self, sink: Sink, message: Message) -> bool:
        """False where it is not taken now. What is refused for good counts as said: trying again
        would only be refused again."""
        if not self._lease.good():
            return False
        try:
            sink.send(message)
        except SinkBusy as busy:
            self._deeds.add("put_off")
            self._deeds.tell(str(busy))
            return False
        except SinkRefused as refused:
            self._deeds.add("refused")
            self._deeds.tell(str(refused))
        return True
