"""Another desk of our name at the same broker, on a folder of its own: each throws the other out,
and what one of them hears the other does not.

mosquitto does not say why it hangs up. Who has just started and is hung up on again and again asks
under another name: if that line holds, it is the name. The one that was there before stays.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import replace

from alerts.broker import BrokerSettings
from alerts.errors import SinkLost, UserError
from alerts.inbox import MqttInbox

_YOUNG_S = 60.0
_SHORT_S = 5.0
_SHORT_MAX = 4  # connections in a row that did not hold
_HOLDS_S = 3.0
_TURN_S = 0.2


class Namesake:
    """Told of each connection that was lost, and how long it held; 0 for one never made."""

    def __init__(
        self,
        settings: BrokerSettings,
        name: str,
        topic: str,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._name = name
        self._topic = topic
        self._ticks = ticks
        self._since_s = ticks()
        self._short = 0

    def lost(self, held_s: float) -> None:
        """Raises `UserError` where another desk of this name is there, and we are the newer one."""
        self._short = self._short + 1 if 0 < held_s < _SHORT_S else 0
        young = self._ticks() - self._since_s < _YOUNG_S
        if self._short < _SHORT_MAX or not young:
            return
        self._short = 0
        if self._holds_under_another_name():
            raise UserError(
                f"another desk named {self._name} is at broker {self._settings.address}, on a "
                "folder of its own: give each its own name"
            )

    def _holds_under_another_name(self) -> bool:
        other = f"{self._settings.client_id}-{secrets.token_hex(4)}"
        until_s = self._ticks() + _HOLDS_S
        try:
            with MqttInbox(replace(self._settings, client_id=other), [self._topic]) as inbox:
                while self._ticks() < until_s:
                    inbox.get(_TURN_S)
        except SinkLost:
            return False
        return True
