"""Talking to the service manager: ready, alive, reloading, stopping.

The protocol is one datagram to the socket in $NOTIFY_SOCKET (sd_notify(3), which advises to speak
it directly rather than to link a library). Where there is no such socket nothing is said.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Mapping

_log = logging.getLogger(__name__)


class Notifier:
    """What the service manager is told. A manager that does not listen changes nothing."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) if address else None
        if self._socket is not None:
            self._socket.setblocking(False)

    def ready(self, status: str) -> None:
        """It works, and what it is doing in one line."""
        self._say("READY=1", f"STATUS={status}")

    def alive(self) -> None:
        """The watchdog looked, and all is well."""
        self._say("WATCHDOG=1")

    def reloading(self) -> None:
        """The site file is read again; `ready` ends that."""
        self._say("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """It was told to stop, and does."""
        self._say("STOPPING=1")

    def close(self) -> None:
        """Lets go of the socket."""
        if self._socket is not None:
            self._socket.close()

    def _say(self, *lines: str) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto("\n".join(lines).encode(), self._address)
        except OSError as error:
            _log.debug("the service manager does not listen: %s", error.strerror)
