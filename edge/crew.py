"""Threads that live and die together.

Each body is `run(stop)`. When one ends with an error it is a bug: all are stopped, and the error
comes out of `work`, so that the process ends loudly and the service manager starts a new one.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from threading import Event, Lock, Thread

Body = Callable[[Event], None]
_log = logging.getLogger(__name__)


class Member:
    """One thread of a crew."""

    def __init__(self, name: str, body: Callable[[Member], None], stage: int) -> None:
        self.stage = stage
        self.stop = Event()
        self.given_up = False
        self.thread = Thread(target=body, args=(self,), name=name, daemon=True)

    @property
    def alive(self) -> bool:
        """Whether it was started and has not ended."""
        return self.thread.is_alive()

    def leave(self) -> None:
        """Tells this one alone to stop; does not wait."""
        self.stop.set()

    def give_up(self) -> None:
        """It hangs: tells it to stop should it ever wake, and takes no more notice of it."""
        self.given_up = True
        self.stop.set()


class Crew:
    """Named threads with one `stop`. They are told to stop in stages, each only when those before
    have ended, so that what these leave behind is still carried out."""

    def __init__(self, stop: Event) -> None:
        self._stop = stop
        self._lock = Lock()
        self._members: list[Member] = []
        self._working = False
        self._errors: list[Exception] = []

    def add(self, name: str, body: Body, *, stage: int = 0) -> Member:
        """A member; starts with the others, or at once where they work already. The thread's name
        is the prefix of its log lines."""
        member = Member(name, lambda me: self._run(body, me), stage)
        with self._lock:
            self._members = [one for one in self._members if one.alive or not self._working]
            self._members.append(member)
            if self._working:
                self._start(member)
        return member

    def work(self, *patience_s: float) -> None:
        """Run until `stop` is set, a member fails, or all of the first stage have ended by
        themselves; then stop stage after stage, waiting up to its `patience_s` for each.

        Raises the first member's error. A member that does not end in time is named in the log.
        """
        with self._lock:
            self._working = True
            for member in self._members:
                self._start(member)
        while not self._stop.wait(0.2) and any(one.alive for one in self._of(0)):
            pass
        self._stop.set()
        for stage, patience in enumerate(patience_s):
            members = self._of(stage)
            for member in members:
                member.leave()
            _join(members, patience)
        if self._errors:
            raise self._errors[0]

    def _start(self, member: Member) -> None:
        if self._stop.is_set() and member.stage == 0:
            member.leave()  # came when all were leaving
        member.thread.start()

    def _of(self, stage: int) -> list[Member]:
        with self._lock:
            return [one for one in self._members if one.stage == stage and not one.given_up]

    def _run(self, body: Body, member: Member) -> None:
        try:
            body(member.stop)
        except Exception as error:  # noqa: BLE001  (any bug stops all, then surfaces)
            if self._errors or member.given_up:  # only the first comes out of `work`
                _log.error("a further failure: %s: %s", type(error).__name__, error)
            if not member.given_up:
                self._errors.append(error)
                self._stop.set()


def _join(members: Sequence[Member], patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    for member in members:
        member.thread.join(max(0.0, deadline - time.monotonic()))
        if member.alive:
            _log.error("thread=%s did not stop within %.1f s", member.thread.name, patience_s)
