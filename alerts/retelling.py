"""Answering a resync: what was told since a time is told again, in order, marked as replayed.

One answer is under way at a time, at a pace that leaves room; whoever asks meanwhile is answered by
the next one, which goes back as far as any of them wants. So nobody is turned away, and however
many ask, no more than two answers are due. How far it came is noted on disk: a request that was
heard is answered even if the process is killed on the way.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from alerts import schema
from alerts.errors import DiskRefused
from alerts.noted import Noted
from alerts.recall import Past, Recall
from alerts.replays import Pace, Replays
from alerts.resyncing import Resync

_WAIT_S = 0.5
_DISK_AGAIN_S = 5.0
_NOTE_EVERY_S = 5.0
_KNOWN_MAX = 256
_TRIES_MAX = 3  # one that ends the process must not end it for ever
_READ_MAX = 500

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Answer:
    """One answer: all events since `since_s` (seconds since 1970), of what was told up to number
    `until`. `at` is how far it came, `tries` how often it was begun."""

    since_s: float
    at: int = 0
    until: int = 0
    tries: int = 0


@dataclass(frozen=True)
class RetoldCounts:
    """Since the daemon started: requests `heard`, of which `repeated` were known already, `joined`
    are answered together with others and `refused` were none; answers `answered` and `given_up`;
    events `sent` again and `skipped`. `under_way` says whether one is being given."""

    heard: int = 0
    repeated: int = 0
    joined: int = 0
    refused: int = 0
    answered: int = 0
    given_up: int = 0
    sent: int = 0
    skipped: int = 0
    under_way: bool = False


class Retelling:
    """Hears requests (`hear`, from any thread) and answers them (`run`, in a thread of its own).

    `outbox` is the file that remembers, `noted` where the answer under way is noted; `per_s` events
    are offered to `replays` each second, and answers begin at least `gap_s` apart.
    """

    def __init__(
        self,
        outbox: Path,
        noted: Noted,
        replays: Replays,
        *,
        per_s: float = 200.0,
        gap_s: float = 2.0,
    ) -> None:
        self._outbox = outbox
        self._noted = noted
        self._replays = replays
        self._per_s = per_s
        self._gap_s = gap_s
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._counts = RetoldCounts()
        self._under_way: Answer | None = None
        self._waiting: Answer | None = None
        self._known: dict[str, None] = {}  # request ids, oldest first
        self._noted_at_s = 0.0
        self._read_notes()

    def counts(self) -> RetoldCounts:
        """What was done so far."""
        with self._lock:
            counts, under_way = self._counts, self._under_way is not None
        replays = self._replays
        return replace(counts, sent=replays.sent, skipped=replays.skipped, under_way=under_way)

    def hear(self, payload: bytes) -> None:
        """A message on `resync`; noted on disk when this returns. Bad ones are counted."""
        try:
            asked = Resync.from_json(payload)
        except schema.NotByContract as fault:
            self._count("refused")
            _log.warning("a resync that is none is left alone: %s", fault)
            return
        with self._lock:
            known = asked.request_id in self._known
            if not known:
                self._known[asked.request_id] = None
                while len(self._known) > _KNOWN_MAX:
                    del self._known[next(iter(self._known))]
                joined = self._waiting is not None
                since_s = asked.since.timestamp()
                earliest_s = min(since_s, self._waiting.since_s if self._waiting else since_s)
                self._waiting = Answer(earliest_s)
        self._count("heard")
        if known:
            self._count("repeated")
            return
        if joined:
            self._count("joined")
        self._note()
        self._wake.set()
        _log.info("%s asks for all events since %s", asked.by, asked.since.isoformat())

    def run(self, stop: threading.Event) -> None:
        """Answers until `stop`; what is under way then goes on with the next start."""
        while not stop.is_set():
            answer = self._next()
            if answer is None:
                self._wake.wait(_WAIT_S)
                self._wake.clear()
                continue
            try:
                self._give(answer, stop)
            except DiskRefused as error:
                _log.error("a resync waits: %s", error)
                stop.wait(_DISK_AGAIN_S)
            else:
                stop.wait(self._gap_s)
        self._replays.forget()

    def _next(self) -> Answer | None:
        """The answer to go on with, or to begin."""
        with self._lock:
            if self._under_way is None:
                self._under_way, self._waiting = self._waiting, None
            return self._under_way

    def _give(self, answer: Answer, stop: threading.Event) -> None:
        """As much of it as there is time for. Raises DiskRefused."""
        with Recall(self._outbox) as recall:
            answer = self._begun(answer, recall.newest())
            if answer.tries > _TRIES_MAX:
                _log.error("a resync was begun %d times and never ended: given up", _TRIES_MAX)
                self._end("given_up")
                return
            events = recall.events_since(answer.since_s, answer.until)
            pace = Pace(self._per_s)
            for batch in self._batches(recall, answer, events):
                if stop.is_set() or not self._say(batch, stop):
                    self._note()
                    return
                self._reached(replace(answer, at=batch[-1].number))
                stop.wait(pace.left_s(len(batch)))
        _log.info("resync: %d events were told again", len(events))
        self._end("answered")

    def _begun(self, answer: Answer, newest: int) -> Answer:
        if answer.at > newest:  # the file was made anew meanwhile
            answer = replace(answer, at=0, until=0)
        answer = replace(answer, until=answer.until or newest, tries=answer.tries + 1)
        with self._lock:
            self._under_way = answer
        self._note()
        return answer

    def _batches(
        self, recall: Recall, answer: Answer, events: frozenset[str]
    ) -> Iterator[list[Past]]:
        at = answer.at
        while told := recall.after(at, answer.until, _READ_MAX):
            at = told[-1].number
            wanted = [one for one in told if one.event_id in events]
            size = self._replays.count_max
            for first in range(0, len(wanted), size):
                yield wanted[first : first + size]

    def _say(self, batch: list[Past], stop: threading.Event) -> bool:
        """Waits until the broker has them all. False when told to stop meanwhile."""
        self._replays.offer(batch)
        while not self._replays.drained(_WAIT_S):
            if stop.is_set():
                return False
        return True

    def _reached(self, answer: Answer) -> None:
        with self._lock:
            self._under_way = answer
        if time.monotonic() - self._noted_at_s > _NOTE_EVERY_S:
            self._note()

    def _end(self, how: str) -> None:
        with self._lock:
            self._under_way = None
        self._count(how)
        self._note()

    def _count(self, what: str) -> None:
        with self._lock:
            self._counts = replace(self._counts, **{what: getattr(self._counts, what) + 1})

    def _note(self) -> None:
        with self._lock:
            notes = {
                "under_way": None if self._under_way is None else asdict(self._under_way),
                "waiting": None if self._waiting is None else asdict(self._waiting),
                "known": list(self._known),
            }
            self._noted_at_s = time.monotonic()
            self._noted.write(notes)

    def _read_notes(self) -> None:
        notes = self._noted.read()
        self._under_way = _answer(notes.get("under_way"))
        self._waiting = _answer(notes.get("waiting"))
        known = notes.get("known")
        self._known = dict.fromkeys(map(str, known)) if isinstance(known, list) else {}


def _answer(noted: object) -> Answer | None:
    """The answer as noted; None where none was, or none that can be used."""
    if not isinstance(noted, dict):
        return None
    try:
        return Answer(
            float(noted["since_s"]), int(noted["at"]), int(noted["until"]), int(noted["tries"])
        )
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
