"""What must never end the daemon: a bug in what looks at the cameras themselves.

Elsewhere a bug stops the process loudly, and the service manager starts a new one. Here that would
cost what is being watched, for something that only stands beside it, and again after every start.
So the part that fails is switched off, for that camera, until the next start or until the camera is
changed; it is told of loudly, once, and stays a concern of `/health`. Incidents are looked for as
before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

EVERY = ""  # in the place of a camera's name: the part as a whole
_log = logging.getLogger(__name__)

Guard = Callable[[str, str, Callable[[], None]], None]  # the part, the camera, what to do


def unguarded(_part: str, _camera: str, do: Callable[[], None]) -> None:
    """Where a bug is to surface, as in replay and evaluation."""
    do()


class Bystanders:
    """Used by one thread; `faults` and `off` are read by others."""

    def __init__(self) -> None:
        self._off: Mapping[tuple[str, str], str] = {}

    def run(self, part: str, camera: str, do: Callable[[], None]) -> None:
        """Does it, unless that part is switched off for that camera; what it raises switches it
        off."""
        if self.off(part, camera):
            return
        try:
            do()
        except Exception as error:  # noqa: BLE001  (said loudly, and what it was asked for goes on)
            why = " ".join(f"{type(error).__name__}: {error}".split())
            self._off = {**self._off, (part, camera): why}
            _log.exception(
                "%s is switched off by a bug, incidents are looked for as before: %s",
                _words(part, camera), why,
            )  # fmt: skip

    def off(self, part: str, camera: str) -> bool:
        """Whether it is switched off there, or everywhere."""
        return (part, camera) in self._off or (part, EVERY) in self._off

    def again(self, camera: str) -> None:
        """The camera shows something else from now on: its parts may try again."""
        self._off = {key: why for key, why in self._off.items() if key[1] != camera}

    def faults(self) -> tuple[str, ...]:
        """What is switched off, in words."""
        return tuple(
            f"{_words(*key)} is switched off until the next start by a bug ({why}); see the log"
            for key, why in self._off.items()
        )


def _words(part: str, camera: str) -> str:
    return f"`{part}`" if camera == EVERY else f"`{part}` of camera {camera}"
