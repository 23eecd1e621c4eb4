"""The model looks ahead while people label: one thread, what is asked for first.

What it cannot read it says of once and passes over; nobody waits for it.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event as StopEvent

from edge.errors import BadClip
from models import eye
from models.label import footage
from models.label.book import Book
from models.label.suggesting import Suggester
from models.label.turns import Turns
from models.label.words import Item, Suggestion

_IDLE_S = 0.25
_AGAIN = 20  # idle times, then it looks whether another program added something
_WANTED_MAX = 64
_NOTED = 16  # suggestions at a time: a transaction each would keep the disk busy
_log = logging.getLogger(__name__)


class _Stopped(Exception):
    """In the middle of a clip."""


@dataclass(frozen=True)
class Progress:
    """How far the model is: items looked at of all there are, those it cannot read, and which clip
    it is at, if any, with the seconds of it that are done."""

    done: int
    of: int
    faults: int
    clip: int | None = None
    seconds: float = 0.0


class Ahead:
    """Suggests for every item of a book. `model` None: nothing is suggested, clips are made ready
    to be played all the same. `looked` is called whenever it has looked at all there is."""

    def __init__(
        self,
        book: Book,
        turns: Turns,
        model: Path | None,
        played: Path,
        looked: Callable[[], object] = lambda: None,
    ) -> None:
        self._looked = looked
        self._book = book
        self._turns = turns
        self._model = model
        self._played = played
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._wanted: deque[int] = deque(maxlen=_WANTED_MAX)
        self._to_play: deque[int] = deque(maxlen=_WANTED_MAX)
        self._faults: dict[int, str] = {}
        self._progress = Progress(0, len(book.items()), 0)

    def want(self, numbers: list[int]) -> None:
        """These are about to be shown: they come first, in this order."""
        with self._lock:
            self._wanted.clear()
            self._wanted.extend(numbers)
        self._wake.set()

    def play(self, item: Item) -> Path | None:
        """Where a clip lies that browsers play; None while it is being made."""
        if self._is_played(item):
            return item.path
        if (made := self._copy(item)).is_file():
            return made
        with self._lock:
            if item.number not in self._to_play and item.number not in self._faults:
                self._to_play.append(item.number)
        self._wake.set()
        return None

    def fault(self, number: int) -> str | None:
        """Why an item cannot be read, if it cannot."""
        with self._lock:
            return self._faults.get(number)

    def progress(self) -> Progress:
        """How far the model is."""
        with self._lock:
            return self._progress

    def run(self, stop: StopEvent) -> None:
        """Until told to stop."""
        if self._model is None:
            while not stop.is_set():
                self._make_played(stop)
                self._wait(stop)
            return
        with eye.opened(self._model) as opened:
            suggester = Suggester(opened)
            new = True
            while not stop.is_set():
                self._make_played(stop)
                if self._look(suggester, stop):
                    new = True
                    continue
                if new:
                    self._looked()
                    new = False
                self._wait(stop)

    def _wait(self, stop: StopEvent) -> None:
        for _ in range(_AGAIN):
            if stop.is_set() or self._wake.wait(_IDLE_S):
                break
        self._wake.clear()

    def _is_played(self, item: Item) -> bool:
        try:
            return footage.is_played(item.path)
        except BadClip as error:
            self._note_fault(item, error)
            return False

    def _copy(self, item: Item) -> Path:
        return self._played / f"{item.digest[:32]}.mp4"

    def _make_played(self, stop: StopEvent) -> None:
        while not stop.is_set():
            with self._lock:
                if not self._to_play:
                    return
                number = self._to_play[0]
            item = self._book.item(number)
            if item is not None:
                try:
                    footage.write_played(item.path, self._copy(item))
                except BadClip as error:
                    self._note_fault(item, error)
            with self._lock:
                self._to_play.popleft()

    def _look(self, suggester: Suggester, stop: StopEvent) -> bool:
        """At some that come next; False where nothing is left."""
        unseen = {one.number: one for one in self._turns.unseen() if not self.fault(one.number)}
        with self._lock:
            first = [unseen.pop(number) for number in self._wanted if number in unseen]
        # Clips take long, and are looked at when the pictures are done, or when they are shown.
        batch = (first or sorted(unseen.values(), key=lambda one: one.kind == "clip"))[:_NOTED]
        if batch and batch[0].kind == "clip":
            batch = batch[:1]
        self._tell(len(self._book.items()) - len(unseen) - len(first))
        made: list[Suggestion] = []
        for item in batch:
            if item.kind == "clip" and made:
                break
            try:
                made.append(suggester.suggest(item, partial(self._at, item, stop)))
            except BadClip as error:
                self._note_fault(item, error)
            except _Stopped:
                break
        self._book.suggest(made)
        return bool(batch)

    def _at(self, item: Item, stop: StopEvent, at_s: float) -> None:
        if stop.is_set():
            raise _Stopped
        with self._lock:
            now = self._progress
            self._progress = Progress(now.done, now.of, now.faults, item.number, at_s)

    def _tell(self, done: int) -> None:
        with self._lock:
            self._progress = Progress(done, len(self._book.items()), len(self._faults))

    def _note_fault(self, item: Item, error: BadClip) -> None:
        with self._lock:
            known = item.number in self._faults
            self._faults[item.number] = str(error)
        if not known:
            _log.warning("%s", error)
