"""Sending clips to the broker: on a connection of their own, made for each.

A message cannot be interrupted, and a clip of 8 MB takes minutes on a slow line: on the alerts'
own connection the next alert would wait that long. Clips wait as what they are, files of the
evidence folder; only their names are noted, so however many there are, they fill nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from alerts.backoff import Backoff
from alerts.carrying import CarryingThread
from alerts.errors import SinkLost, SinkRefused
from alerts.noted import Noted
from alerts.ports import Message, Sink
from alerts.tally import Tally
from alerts.topics import Topics

_WAIT_S = 0.2
_END_S = 0.5  # for a connection that was cut to end
_WAITING_MAX = 32
_TRIES_MAX = 20

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClipCounts:
    """Since the daemon started: clips `sent`; given up because they were `too_large`, `gone` from
    the disk, `refused` by the broker, or because too many waited or tries failed (`dropped`);
    `waiting` now."""

    sent: int = 0
    too_large: int = 0
    gone: int = 0
    refused: int = 0
    dropped: int = 0
    waiting: int = 0


class ClipSender:
    """Sends the clips in `folder`, named `<event_id>.mp4`, of at most `bytes_max` each.

    `connect` makes a sink for one connection. `hand_in` may be called from any thread; `run` sends,
    in a thread of its own. What waits is noted in `noted`, and sent after a restart.
    """

    def __init__(
        self,
        folder: Path,
        topics: Topics,
        connect: Callable[[], Sink],
        noted: Noted,
        *,
        bytes_max: int,
        backoff: Backoff | None = None,
    ) -> None:
        self._folder = folder
        self._topics = topics
        self._connect = connect
        self._noted = noted
        self._bytes_max = bytes_max
        self._backoff = backoff or Backoff(cap_s=60.0)
        self._tally = Tally()
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._counts = ClipCounts()
        waiting = noted.read().get("waiting")
        found = waiting if isinstance(waiting, list) else []
        self._waiting = [str(event_id) for event_id in found if _is_name(event_id)][:_WAITING_MAX]
        self._tries = 0  # of the first

    def counts(self) -> ClipCounts:
        """What was done so far."""
        with self._lock:
            return replace(self._counts, waiting=len(self._waiting))

    def hand_in(self, event_id: str, size_bytes: int) -> None:
        """The clip of this event is whole, and is to be sent."""
        if size_bytes > self._bytes_max:
            self._count("too_large")
            _log.warning("event=%s: its clip of %d bytes is not sent", event_id, size_bytes)
            return
        with self._lock:
            self._waiting.append(event_id)
            too_many = len(self._waiting) > _WAITING_MAX
            if too_many:
                del self._waiting[1]  # the oldest but the one under way
        if too_many:
            self._count("dropped")
            self._tally.tell("too many clips wait to be sent: the oldest are given up")
        self._note()
        self._wake.set()

    def run(self, stop: threading.Event) -> None:
        """Sends until `stop`; what is under way then is sent again after the next start."""
        while not stop.is_set():
            with self._lock:
                event_id = self._waiting[0] if self._waiting else None
            if event_id is None:
                self._wake.wait(_WAIT_S)
                self._wake.clear()
                continue
            how = self._try(event_id, stop)
            if how is not None:
                self._done(how)
            else:
                stop.wait(self._backoff.next_s())

    def _try(self, event_id: str, stop: threading.Event) -> str | None:
        """What became of it; None if it is to be tried again."""
        try:
            payload = (self._folder / f"{event_id}.mp4").read_bytes()
        except OSError as error:
            _log.warning("event=%s: its clip cannot be read: %s", event_id, error.strerror)
            return "gone"
        if len(payload) > self._bytes_max:
            return "too_large"
        return self._carried(Message(self._topics.event_clip(event_id), payload), stop)

    def _carried(self, message: Message, stop: threading.Event) -> str | None:
        """Sent by another thread, which is left behind where the line hangs at a stop."""
        sink = self._connect()
        outcome: list[str] = []
        carrier = CarryingThread(partial(self._send, sink, message, outcome), "clip")
        carrier.start()
        while carrier.is_alive():
            carrier.join(_WAIT_S)
            if stop.is_set():
                sink.cut()
                carrier.join(_END_S)
                return outcome[0] if outcome else None
        carrier.raise_error()
        return outcome[0] if outcome else self._failed()

    def _send(self, sink: Sink, message: Message, outcome: list[str]) -> None:
        try:
            with sink:
                sink.send(message)
                outcome.append("sent")
        except SinkRefused as refusal:
            outcome.append("refused")
            self._tally.tell(str(refusal))
        except SinkLost as lost:
            if not outcome:  # else it broke afterwards
                self._tally.tell(f"a clip waits: {lost}")

    def _failed(self) -> str | None:
        self._tries += 1
        if self._tries < _TRIES_MAX:
            return None
        self._tally.tell(f"a clip is given up after {_TRIES_MAX} tries: it stays on this device")
        return "dropped"

    def _done(self, how: str) -> None:
        with self._lock:
            del self._waiting[0]
        self._tries = 0
        self._backoff.reset()
        self._count(how)
        self._note()

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts = replace(self._counts, **{what: getattr(self._counts, what) + 1})

    def _note(self) -> None:
        with self._lock:
            self._noted.write({"waiting": self._waiting})


def _is_name(event_id: object) -> bool:
    """Whether it can be a file's name in a folder, and a level of a topic."""
    return isinstance(event_id, str) and event_id.replace("-", "").isalnum()
