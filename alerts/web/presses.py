"""What people press, on its way to the broker: tried until it is there, never waited for.

A press stays in memory alone. Killed in between, it is lost, which is the harmless way round: the
desk goes on calling people.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from alerts.backoff import Backoff
from alerts.broker import BrokerSettings
from alerts.errors import SinkBusy, SinkLost, SinkRefused
from alerts.mqtt import connector
from alerts.ports import Message, Sink

_WAIT_S = 0.25
_REMEMBERED_MAX = 1000

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """Whether the broker has it. `trouble` says in a line what is wrong, if something is; with
    `over` it is not tried again."""

    sent: bool
    trouble: str | None = None
    over: bool = False


@dataclass
class Press:
    """A message on its way. `key` makes a second one of the same known: it is sent once."""

    key: str
    message: Message
    then: Callable[[Outcome], None]
    outcome: Outcome = field(default=Outcome(False))
    settled: threading.Event = field(default_factory=threading.Event)


class Presses:
    """A queue of `waiting_max` and the thread that empties it, `run`. `put` never waits."""

    def __init__(self, settings: BrokerSettings, waiting_max: int = 256) -> None:
        self.full = 0
        self._connect = connector(settings, None)
        self._queue: queue.Queue[Press] = queue.Queue(waiting_max)
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Press] = OrderedDict()
        self._trouble: str | None = "not connected to the broker yet"

    def put(self, press: Press) -> Press | None:
        """Has it sent; the one known already if there is one of its key. None when too many wait:
        that is counted (`full`)."""
        with self._lock:
            known = self._known.get(press.key)
            if known is not None:
                return known
            press.outcome = Outcome(False, self._trouble)
            try:
                self._queue.put_nowait(press)
            except queue.Full:
                self.full += 1
                return None
            self._known[press.key] = press
            if len(self._known) > _REMEMBERED_MAX:
                self._known.popitem(last=False)
            return press

    def waiting(self) -> int:
        """How many are not sent yet."""
        return self._queue.qsize()

    def run(self, stop: threading.Event) -> None:
        """Sends until `stop`; keeps the line to the broker open, so that a press finds one."""
        backoff, told = Backoff(), ""
        under_way: Press | None = None
        while not stop.is_set():
            try:
                with self._connect() as sink:
                    backoff.reset()
                    self._trouble, told = None, ""
                    while not stop.is_set():
                        under_way = under_way or self._next()
                        sink.check()
                        if under_way is not None and self._sent(sink, under_way, stop):
                            under_way = None
            except SinkLost as lost:
                self._trouble = str(lost)
                if under_way is not None:
                    self._settle(under_way, Outcome(False, str(lost)))
                if str(lost) != told:
                    _log.warning("answers wait: %s; trying again", lost)
                    told = str(lost)
                stop.wait(backoff.next_s())

    def _next(self) -> Press | None:
        try:
            return self._queue.get(timeout=_WAIT_S)
        except queue.Empty:
            return None

    def _sent(self, sink: Sink, press: Press, stop: threading.Event) -> bool:
        """Whether it is over with. Raises `SinkLost`: then it is sent again."""
        try:
            sink.send(press.message)
        except SinkBusy as busy:
            self._settle(press, Outcome(False, str(busy)))
            stop.wait(_WAIT_S)
            return False
        except SinkRefused as refused:
            _log.error("not said: %s", refused)
            self._settle(press, Outcome(False, str(refused), over=True))
            # The connection may be gone with it; the next `check` tells.
            return True
        self._settle(press, Outcome(True))
        return True

    def _settle(self, press: Press, outcome: Outcome) -> None:
        changed = outcome != press.outcome
        press.outcome = outcome
        press.settled.set()
        if changed:
            press.then(outcome)
