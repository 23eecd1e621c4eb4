"""Every alert posted to a webhook: in order, tried again until it is taken, or buried and told.

A message is acknowledged to the broker once it is taken or in `dead.jsonl`: what waits, waits at
the broker, so that nothing is lost while this process or the receiver is away. One at a time: a
later phase never overtakes an earlier one, not even of another event.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alerts import moments, signing
from alerts.backoff import Backoff
from alerts.broker import BrokerSettings
from alerts.errors import DiskRefused, SinkLost, UserError
from alerts.event import Event
from alerts.inbox import MqttInbox, Received
from alerts.poster import Endpoint, Poster, PostFailed
from alerts.schema import NotByContract
from alerts.subscribers.seen import Seen
from alerts.subscribers.unknown import unknown_alert
from alerts.subscribers.webhook_state import State
from alerts.topics import Filters

__all__ = ["Forwarder", "State", "check", "key", "read_line"]

_WAIT_S = 0.5
_PAYLOAD_BYTES_MAX = 256 * 1024  # an event has two thousand
_FIRST_S, _CAP_S = 0.5, 30.0
_ANSWERED_S = 900.0
_LINE_BYTES_MAX = 4096
_HOURS = 3600.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Letter:
    """One message to post."""

    ident: str
    key: tuple[str, int] | None
    body: bytes


class _Ended(Exception):
    """The process is to end in the middle of a message, which stays unacknowledged."""


class Forwarder:
    """Posts what arrives. When nobody answered there for `give_up_s`, each message is tried once
    more and buried; one that gets only faults for answers, after a quarter of an hour.

    `posted`, `buried`, `dropped` (no alerts of ours) and `tried_again` are counted. Raises
    `UserError` for an endpoint that cannot be used.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        state: State,
        give_up_s: float = 24 * _HOURS,
        *,
        backoff: Callable[[], Backoff] = lambda: Backoff(_FIRST_S, _CAP_S),
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.posted = self.buried = self.dropped = self.tried_again = 0
        self._poster = Poster(endpoint)
        self._state = state
        self._give_up_s = give_up_s
        self._backoff = backoff
        self._now_s = now_s
        self._seen = Seen()
        self._perhaps_taken = {state.before} if state.before else set()
        self._away_since_s: float | None = None  # since when nobody answers there

    def run(self, settings: BrokerSettings, filters: Filters, stop: threading.Event) -> None:
        """Until `stop`; connects again by itself. Raises `UserError` if the broker does not let us
        read the alerts."""
        backoff, told = Backoff(), ""
        while not stop.is_set():
            try:
                with MqttInbox(settings, [filters.alerts], forget=False) as inbox:
                    _log.info("%s on %s goes to %s", filters.alerts, settings.address, self.name)
                    told = ""
                    backoff.reset()
                    while not stop.is_set():
                        received = inbox.get(_WAIT_S)
                        if received is not None:
                            self.forward(received, stop)
            except SinkLost as lost:
                if str(lost) != told:
                    _log.warning("%s; trying again", lost)
                    told = str(lost)
                stop.wait(backoff.next_s())
            except _Ended:
                return

    @property
    def name(self) -> str:
        """The part of the receiver's address that can be told."""
        return self._poster.name

    def forward(self, received: Received, stop: threading.Event) -> None:
        """Returns once the message is taken, buried, or none of ours."""
        letter = _letter(received)
        if letter is None:
            self.dropped += 1
            _log.warning("no alert of ours on %s: left out", received.topic[:200])
            return
        if letter.key is not None and not self._seen.is_new_key(letter.key):
            return
        self._state.under_way(letter.ident)
        if self._delivered(letter, received, stop):
            self.posted += 1
            _log.info("posted", extra={"fields": {"id": letter.ident}, "each": True})

    def _delivered(self, letter: _Letter, received: Received, stop: threading.Event) -> bool:
        backoff, began_s, told = self._backoff(), self._now_s(), ""
        while True:
            tried_s = self._now_s()
            try:
                self._poster.post(letter.ident, letter.body, self._repeat(letter))
            except PostFailed as failed:
                if failed.perhaps_taken:
                    self._perhaps_taken.add(letter.ident)
                if str(failed) != told:
                    told = str(failed)
                    _log.warning("%s", failed, extra={"fields": {"id": letter.ident}})
                if self._is_over(failed, began_s, tried_s) and self._buried(letter, received, told):
                    return False
                self.tried_again += 1
                if stop.wait(max(backoff.next_s(), failed.wait_s)):
                    raise _Ended from failed
            else:
                self._perhaps_taken.clear()
                self._away_since_s = None
                return True

    def _is_over(self, failed: PostFailed, began_s: float, tried_s: float) -> bool:
        if not failed.retry:
            return True
        if failed.answered:
            # It is there, and does not want this one: the others must not wait for it all day.
            self._away_since_s = None
            return self._now_s() - began_s >= min(self._give_up_s, _ANSWERED_S)
        if self._away_since_s is None:
            self._away_since_s = tried_s
        return self._now_s() - self._away_since_s >= self._give_up_s

    def _repeat(self, letter: _Letter) -> dict[str, str]:
        return {"X-Floorwatch-Repeat": "true"} if letter.ident in self._perhaps_taken else {}

    def _buried(self, letter: _Letter, received: Received, words: str) -> bool:
        told: dict[str, Any] = {
            "at": moments.to_text(moments.now()),
            "id": letter.ident,
            "why": words,
            "topic": received.topic,
            "body": json.loads(letter.body),
        }
        try:
            self._state.bury(told)
        except DiskRefused as error:
            _log.error("%s: given up, but not buried either; tried on", error)
            return False
        self.buried += 1
        self._perhaps_taken.clear()
        _log.error("given up: %s", words, extra={"fields": {"id": letter.ident}, "each": True})
        return True


def _letter(received: Received) -> _Letter | None:
    """What is posted for a message; None if it is no alert."""
    if len(received.payload) > _PAYLOAD_BYTES_MAX:
        return None
    try:
        event = Event.from_json(received.payload)
    except NotByContract:
        # A newer device knows incidents and phases that we do not: somebody may need help.
        unknown = unknown_alert(received.topic, received.payload)
        if unknown is None:
            return None
        digest = hashlib.sha256(received.payload).hexdigest()[:32]
        ident = f"{unknown.key[0]}-{unknown.key[1]}" if unknown.key else f"unknown-{digest}"
        body = _body("alert.unknown", moments.to_text(moments.now()), unknown.text)
        return _Letter(ident, unknown.key, body)
    at = moments.to_text(event.published_at or event.detected_at)
    # As it came, with what a newer device may have added.
    body = _body(f"alert.{event.phase}", at, received.payload)
    return _Letter(f"{event.event_id}-{event.seq}", (event.event_id, event.seq), body)


def _body(kind: str, at: str, data: str | bytes) -> bytes:
    # NaN is no JSON, and the receiver's reader would refuse the whole message for it.
    whole = {"type": kind, "timestamp": at, "data": json.loads(data, parse_constant=str)}
    return json.dumps(whole, ensure_ascii=False).encode("utf-8", "replace")


def check(endpoint: Endpoint) -> str:
    """Posts a test message, and gives the name of who took it. Raises `UserError`."""
    poster, at = Poster(endpoint), moments.to_text(moments.now())
    body = json.dumps({"type": "test", "timestamp": at, "data": {}}).encode()
    try:
        poster.post(f"test-{os.urandom(8).hex()}", body)
    except PostFailed as failed:
        raise UserError(str(failed)) from failed
    return poster.name


def key(secret_file: Path | None, variable: str) -> bytes | None:
    """The key to sign with, from the file or else the environment; None if there is neither.
    Raises `UserError`."""
    if secret_file is not None:
        return signing.key_of(read_line(secret_file, "--secret-file"), "--secret-file")
    if variable in os.environ:
        return signing.key_of(os.environ[variable], variable)
    _log.warning("no secret is given: whoever is posted to cannot know that it is us")
    return None


def read_line(path: Path, option: str) -> str:
    """The one line in a file. Raises `UserError`, never repeating it."""
    try:
        with path.open("rb") as file:
            text = file.read(_LINE_BYTES_MAX + 1).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{option}: {path} cannot be read as text") from error
    if not text.strip() or len(text) > _LINE_BYTES_MAX or "\n" in text.strip():
        raise UserError(f"{option}: {path} should hold one line and nothing else")
    return text.strip()
