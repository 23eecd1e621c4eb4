"""Another desk of our name at the same broker, on a folder of its own: each throws the other out,
and what one of them hears the other does not.

mosquitto does not say why it hangs up. Who has just started and is hung up on again and again asks
under another name: if that line holds, it is the name. The one that was there before stays. Whoever
supervises the other starts it again and again: from then on it listens under another name first,
whether the desk of its own name still says how it is doing.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from alerts import schema
from alerts.broker import BrokerSettings
from alerts.errors import SinkLost, UserError
from alerts.inbox import MqttInbox, Received
from alerts.topics import Filters

_YOUNG_S = 60.0
_SHORT_S = 5.0
_SHORT_MAX = 4  # connections in a row that did not hold
_HOLDS_S = 3.0
_LISTENS_S = 40.0  # a desk says every 30 s how it is doing
_TURN_S = 0.2


class Namesake:
    """Told of each connection that was lost, and how long it held; 0 for one never made."""

    def __init__(
        self,
        settings: BrokerSettings,
        name: str,
        filters: Filters,
        folder: Path,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._name = name
        self._filters = filters
        self._note = folder / "namesake"
        self._ticks = ticks
        self._since_s = ticks()
        self._short = 0

    def look_first(self, stop: threading.Event) -> None:
        """To be called before the first connection. Raises `UserError` where the other is still
        there; nothing is waited for where there never was one."""
        try:
            known = self._note.read_text("utf-8") == self._name
        except OSError:
            return
        if known and self._heard(stop):
            raise self._refusal()
        with contextlib.suppress(OSError):
            self._note.unlink()

    def lost(self, held_s: float) -> None:
        """Raises `UserError` where another desk of this name is there, and we are the newer one."""
        self._short = self._short + 1 if 0 < held_s < _SHORT_S else 0
        young = self._ticks() - self._since_s < _YOUNG_S
        if self._short < _SHORT_MAX or not young:
            return
        self._short = 0
        if self._holds_under_another_name():
            with contextlib.suppress(OSError):  # then it is found out anew
                self._note.write_text(self._name, "utf-8")
            raise self._refusal()

    def _refusal(self) -> UserError:
        return UserError(
            f"another desk named {self._name} is at broker {self._settings.address}, on a folder "
            "of its own: give each its own name"
        )

    def _holds_under_another_name(self) -> bool:
        until_s = self._ticks() + _HOLDS_S
        try:
            with self._other() as inbox:
                while self._ticks() < until_s:
                    inbox.get(_TURN_S)
        except SinkLost:
            return False
        return True

    def _heard(self, stop: threading.Event) -> bool:
        until_s = self._ticks() + _LISTENS_S
        try:
            with self._other() as inbox:
                while self._ticks() < until_s and not stop.is_set():
                    received = inbox.get(_TURN_S)
                    if received is not None and not received.retain and self._is_its(received):
                        return True
        except (SinkLost, UserError):
            return False
        return False

    def _is_its(self, received: Received) -> bool:
        try:
            return bool(schema.read("desk_status", received.payload)["desk"] == self._name)
        except schema.NotByContract:
            return False

    def _other(self) -> MqttInbox:
        client_id = f"{self._settings.client_id}-{secrets.token_hex(4)}"
        settings = replace(self._settings, client_id=client_id)
        return MqttInbox(settings, [self._filters.desk_statuses])
