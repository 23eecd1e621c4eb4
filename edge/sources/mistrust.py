"""Whether a decoder of this machine is to be used again for one camera."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

FIRST_S, LONGEST_S = 600.0, 86_400.0  # a camera's own odd pictures end; a broken driver does not
_log = logging.getLogger(__name__)


class Mistrust:
    """Shared by all connections to one camera, called `name`. Once a decoder has failed, `words`
    say how, and FFmpeg takes its place in all connections for ten minutes; then the next connection
    tries it again. Each further failure doubles the time, up to a day. `now_s` never steps back."""

    def __init__(self, name: str, now_s: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._now_s = now_s
        self._span_s = FIRST_S
        self._until_s = -1.0
        self.words = ""

    def trusts(self) -> bool:
        """Whether the next connection may use the decoder; it then counts as never failed."""
        if self.words and self._now_s() >= self._until_s:
            _log.info("camera=%s: its decoder is tried again, after: %s", self._name, self.words)
            self.words = ""
        return not self.words

    def note(self, words: str) -> None:
        """It failed, in words."""
        if self.words:
            return
        self.words = words
        self._until_s, span_s = self._now_s() + self._span_s, self._span_s
        self._span_s = min(2 * span_s, LONGEST_S)
        _log.warning(
            "camera=%s is decoded by FFmpeg for %.0f minutes or more: %s",
            self._name,
            span_s / 60,
            words,
        )
