"""Senders: one thread a recipient, so that a mail server that hangs delays nobody else.

What is to go out is marked as going before the step is tried, and the mark is refused to a desk
that no longer acts. A page that may have been told goes out again, marked as a repeat; one that
cannot be told for good stays in the book as a dead letter, and the chain goes on at once where
nobody of its step could be told.
"""

from __future__ import annotations

import logging
import random
import sqlite3
import threading
import time
from collections.abc import Callable
from functools import partial

from alerts.desk import going as ways
from alerts.desk import inputs
from alerts.desk.deciding import UNREACHED_TOPIC
from alerts.desk.deeds import Bell, Deeds
from alerts.desk.going import Going
from alerts.desk.lease import Lease, LeaseLost
from alerts.desk.ports import Step, StepFailed
from alerts.errors import DiskRefused
from alerts.paging import Page

_IDLE_S = 0.5
_AGAIN_S_MAX = 60.0
_SAID_MAX = 300
_RETRY_EVERY = 4  # pages: of so many one that failed before goes first, or none ever would
_TRIES_MIN = 12  # some minutes of them, before a page is given up

_log = logging.getLogger(__name__)


class Sender:
    """Tells one recipient by `step`. `run` is the body of its thread; `decided` is rung where the
    rules have something to decide, `told` is called with each page that was taken."""

    def __init__(
        self,
        recipient: str,
        step: Step,
        lease: Lease,
        *,
        decided: Bell,
        give_up_s: float,
        deeds: Deeds,
        told: Callable[[Page], None] = lambda _page: None,
    ) -> None:
        self._recipient = recipient
        self._step = step
        self._lease = lease
        self._decided = decided
        self._give_up_s = give_up_s
        self._deeds = deeds
        self._told = told
        self._claims = 0
        self.bell = Bell()

    def run(self, stop: threading.Event) -> None:
        """Sends what is due until `stop`."""
        while not stop.is_set():
            try:
                going = self._claimed()
            except LeaseLost:
                going = None
            except DiskRefused as refused:
                self._deeds.tell(str(refused))
                going = None
            if going is None:
                self.bell.wait(_IDLE_S)
            elif not self._lease.good():
                self._note(partial(ways.unclaim, going=going), stop)
            else:
                self._send(going, stop)

    def _claimed(self) -> Going | None:
        if not self._lease.good():
            return None
        now_s = self._lease.clock.now_s()
        waiting = self._lease.file.rows(
            "SELECT 1 FROM page WHERE recipient = ? AND state = 'planned' AND due_s <= ? LIMIT 1",
            self._recipient,
            now_s,
        )
        if not waiting:  # asked without writing, since it is asked often
            return None
        with self._lease.writing() as db:
            self._claims += 1
            retries_first = self._claims % _RETRY_EVERY == 0
            return ways.claim(db, self._recipient, now_s, retries_first=retries_first)

    def _send(self, going: Going, stop: threading.Event) -> None:
        page = going.page
        try:
            self._step.send(page)
        except StepFailed as failure:
            self._deeds.add("tries_failed")
            self._failed(going, failure, stop)
            return
        self._note(lambda db: ways.sent(db, going), stop)
        self._told(page)
        self._deeds.add("pages_sent")
        self._deeds.add("repeats", int(page.repeat))
        _log.info("page=%s recipient=%s sent repeat=%s", page.page_id, page.recipient, page.repeat)

    def _failed(self, going: Going, failure: StepFailed, stop: threading.Event) -> None:
        said = " ".join(str(failure).split())[:_SAID_MAX]
        now_s = self._lease.clock.now_s()
        page_id, recipient = going.page.page_id, self._recipient
        young = now_s - going.put_s < self._give_up_s or going.tries < _TRIES_MIN
        if failure.retry and young:
            wait_s = max(again_s(going.tries), failure.wait_s)
            self._note(
                lambda db: ways.later(
                    db, going, now_s + wait_s, said, perhaps_told=failure.perhaps_told
                ),
                stop,
            )
            self._deeds.tell(f"recipient {recipient} cannot be told now: {said}")
            return
        _log.error("page=%s recipient=%s given up: %s", page_id, recipient, said)
        self._deeds.add("pages_failed")
        if self._note(lambda db: give_up(db, going, said), stop):
            self._decided.ring()

    def _note(
        self, write: Callable[[sqlite3.Connection], bool | None], stop: threading.Event
    ) -> bool:
        """Writes it into the book, however long the disk takes; unless another acts by then, who
        will see it as it was before."""
        while True:
            try:
                with self._lease.writing() as db:
                    return bool(write(db))
            except LeaseLost:
                return False
            except DiskRefused as refused:
                self._deeds.tell(str(refused))
                if stop.wait(1.0):
                    return False


def give_up(db: sqlite3.Connection, going: Going, said: str) -> bool:
    """A dead letter. Where it was the last hope of its step, the rules are told; then True."""
    if not ways.failed(db, going, said):
        return False
    event_id, step = going.page.event_id, going.page.step
    key = f"unreached:{event_id}:{going.round}:{step}"
    payload = f"{event_id} {going.round} {step}".encode()
    return inputs.put(db, key, event_id, UNREACHED_TOPIC, payload, put_at=time.time())


def again_s(tries: int) -> float:
    """How long to wait after so many tries: doubling from a second, a minute at most."""
    return min(_AGAIN_S_MAX, 2.0 ** min(tries - 1, 10)) * random.uniform(0.5, 1.0)
